import type { PrismaClient } from "../../prisma/client/client";
import type { Actor } from "./audit";

/**
 * How rows about operations name who did something: `user 12` for a person, a part of Tidemark by its name. Never by an e-mail
 * address: audit events cannot be changed, so an address in one would outlive its account.
 */
export const actorName = ({ id, email }: Actor) => (id === null ? email : `user ${id}`);

/** What stands in for someone whose account was erased, wherever a row can still be changed. */
export const ERASED = "an erased user";

/** Replaces a name of `actorName` in a text, and no longer one that begins with it (`user 1` is not in `user 12`). */
export const replaceName = (text: string, name: string, by: string) =>
  text.replace(new RegExp(`\\b${name}\\b`, "g"), by);

const USER = /\buser (\d{1,9})\b/g;

/** Whether a text names a person as rows do: such words are not copied into other rows, where an erasure would not find them. */
export const namesUser = (text: string) => text.search(USER) !== -1;

/**
 * Replaces `user 12` in some columns of rows with that person's e-mail address or name, for pages and exports. Someone whose account was
 * erased stays `user 12`, and words of earlier versions stay as they are.
 */
export async function nameUsers<Row extends object>(
  db: Pick<PrismaClient, "user">,
  rows: readonly Row[],
  columns: readonly (keyof Row)[],
  by: "email" | "name" = "email",
): Promise<Row[]> {
  const ids = new Set<number>();
  for (const row of rows)
    for (const column of columns)
      for (const [, id] of textOf(row[column]).matchAll(USER)) ids.add(Number(id));
  if (ids.size === 0) return [...rows];
  const users = await db.user.findMany({
    where: { id: { in: [...ids] } },
    select: { id: true, email: true, name: true },
  });
  const names = new Map(users.map((user) => [user.id, by === "name" ? user.name : user.email]));
  const named = (words: string) => words.replace(USER, (key, id) => names.get(Number(id)) ?? key);
  return rows.map((row) => {
    const changed = columns
      .filter((column) => typeof row[column] === "string")
      .map((column) => [column, named(textOf(row[column]))]);
    return { ...row, ...Object.fromEntries(changed) };
  });
}

const textOf = (value: unknown) => (typeof value === "string" ? value : "");
