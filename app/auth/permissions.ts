import { type AppLoadContext, redirect } from "@remix-run/node";
import { type Role, roleWithArticle } from "~/shared/roles";
import { currentUser } from "./current-user";
import type { SessionUser } from "./sessions";

/** Everything that requires a log-in. */
export type Permission =
  | "admin.view"
  | "queues.view"
  /** Retry, promote, clean: bull-board's methods other than GET. */
  | "queues.change"
  | "sync.view"
  /** Run now, and retry a failed run. */
  | "sync.run"
  /** Pause and resume. */
  | "sync.pause"
  /** The sync's interval, and where views are counted. */
  | "settings.change"
  | "story.repair"
  /** Take views of a story out of its counts, and put them back. */
  | "story.void"
  | "ledger.explain"
  /** Pause and resume the archive of old rows of views, and let restored months leave again. */
  | "archive.change"
  | "audit.view"
  | "alerts.view"
  /** Acknowledge alerts, edit and silence rules, manage channels and their notifications. */
  | "alerts.change"
  /** Start and abort a drill. */
  | "drill.run"
  /** The accounts: who they are, their roles and when they were last here. */
  | "users.view"
  /** Change roles, disable and enable accounts, end their sessions. */
  | "users.change"
  /** The editors' pages; authorship, not this table, decides which stories they show. */
  | "editor.view"
  /** The user's own account: everyone who is signed in has it. */
  | "account.view";

/** What every operator sees, read-only ones too. */
const OPERATORS_VIEW = [
  "admin.view",
  "queues.view",
  "sync.view",
  "audit.view",
  "alerts.view",
  "users.view",
  "account.view",
] as const satisfies readonly Permission[];

/** The one table of who may do what. Loaders, actions, bull-board and streams all use it. */
const PERMISSIONS: Record<Role, readonly Permission[]> = {
  READER: ["account.view"],
  EDITOR: ["editor.view", "account.view"],
  AUDITOR: OPERATORS_VIEW,
  OPS: [
    ...OPERATORS_VIEW,
    "queues.change",
    "sync.run",
    "sync.pause",
    "settings.change",
    "story.repair",
    "story.void",
    "ledger.explain",
    "archive.change",
    "alerts.change",
    "drill.run",
    "users.change",
  ],
};

/** With "set-up", an operator must set up a second factor first, on the account page. */
export type Decision = "allow" | "log-in" | "set-up" | "forbid";

/** Where an operator sets up a second factor. */
export const SET_UP_PATH = "/account";

/** Whether a role has a permission. */
export const can = (role: Role, permission: Permission) => PERMISSIONS[role].includes(permission);

/** Whether a role sees the operators' pages and can change nothing there: their forms are then switched off. */
export const isReadOnly = (role: Role) =>
  can(role, "admin.view") && PERMISSIONS[role].every((permission) => permission.endsWith(".view"));

/** How to respond to this user. Pure, so that Express middleware and Remix loaders decide alike. */
export function decide(
  user: Pick<SessionUser, "role" | "secondFactorDue"> | null,
  permission: Permission,
  may = can,
): Decision {
  if (!user) return "log-in";
  if (user.secondFactorDue && permission !== "account.view") return "set-up";
  return may(user.role, permission) ? "allow" : "forbid";
}

/** The address of the log-in page, which then leads back to `path`; `path` starts with "/". */
export const logInPath = (path: string) => `/login?next=${encodeURIComponent(path)}`;

/**
 * The signed-in user, if they have the permission. Every loader and action behind a log-in calls it: a layout's check does not
 * protect its children, because Remix runs them in parallel and each can be requested alone.
 * @throws a redirect to the log-in page for signed-out users, one to the account page where a second factor is due, and a 403 for
 * the wrong role.
 */
export async function requirePermission(
  context: AppLoadContext,
  request: Request,
  permission: Permission,
): Promise<SessionUser> {
  const user = await currentUser(context, request);
  const decision = decide(user, permission);
  if (decision === "log-in") throw redirect(logInPath(pageOf(request)));
  if (decision === "set-up") throw redirect(SET_UP_PATH);
  if (decision === "allow" && user) return user;
  const { runtime, log } = context;
  const path = new URL(request.url).pathname;
  runtime.auth.security.record(log, "forbidden", { userId: user?.id, permission, path });
  throw new Response(user ? whyForbidden(user.role, permission) : "", {
    status: 403,
    statusText: "Forbidden",
  });
}

/** Why a role may not do something, in one sentence or two. */
export function whyForbidden(role: Role, permission: Permission): string {
  const you = `You are signed in as ${roleWithArticle(role)}.`;
  if (!permission.endsWith(".view"))
    return isReadOnly(role) ? `${you} Only operators can change this.` : `Only operators can do this. ${you}`;
  return permission === "editor.view"
    ? `This page is for editors. ${you}`
    : `This page is for operators. ${you}`;
}

/** The page in the browser's address bar, without the parameters that Remix adds to request one loader or action. */
function pageOf(request: Request) {
  const url = new URL(request.url);
  url.searchParams.delete("_data");
  url.searchParams.delete("index");
  return url.pathname + url.search;
}
