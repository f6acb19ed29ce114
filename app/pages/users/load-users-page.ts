import type { LoaderFunctionArgs } from "@remix-run/node";
import { openPage } from "~/console/open-page";
import { isRole } from "~/shared/roles";
import { readUser, readUsers } from "./read-users";

/** A page of the accounts, and the one that the address names: `?q=`, `?role=`, `?page=`, `?user=`. */
export async function loadUsersPage(args: LoaderFunctionArgs) {
  const { db, now, user, query, panel } = await openPage(args, "users.view");
  const text = (query.get("q") ?? "").replaceAll("\0", "").trim().slice(0, 200);
  const role = query.get("role") ?? "";
  const filter = {
    text,
    role: isRole(role) ? role : ("" as const),
    page: readNumber(query.get("page")) ?? 0,
  };
  const chosen = readNumber(query.get("user"));
  const [users, one] = await Promise.all([
    panel("The list of accounts", readUsers(db, filter)),
    chosen === null ? null : panel("The account", readUser(db, chosen)),
  ]);
  return { now, me: user.id, filter, users, one };
}

const readNumber = (text: string | null) => (text && /^\d{1,9}$/.test(text) ? Number(text) : null);
