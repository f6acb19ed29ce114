import type { PrismaClient } from "../../prisma/client/client";
import { isLoopback } from "../platform/loopback";

/** The demo account of each role whose password `npm start` prints. Domains under `.example` never exist (RFC 2606). */
export const DEMO_EMAILS = {
  OPS: "ops@tidemark.example",
  AUDITOR: "auditor@tidemark.example",
  EDITOR: "mara@tidemark.example",
  READER: "reader@tidemark.example",
} as const;

/** The demo's readers, who share a password: its made-up readership logs in as they do. */
export const DEMO_READER_EMAILS = ["reader", "june", "piet", "asha"].map((key) => `${key}@tidemark.example`);

export type DemoRole = keyof typeof DEMO_EMAILS;

/** The roles, in the order in which pages offer them. */
const DEMO_ROLES = Object.keys(DEMO_EMAILS) as DemoRole[];

/** The public password of every demo account with this role: `npm start` and the README show it. */
export const demoPasswordOf = (role: DemoRole) => `tide-demo-${role.toLowerCase()}`;

const PUBLIC_PASSWORDS = new Set(DEMO_ROLES.map(demoPasswordOf));

/** Whether anyone can read this password in the README. */
export const isPublicPassword = (password: string) => PUBLIC_PASSWORDS.has(password);

/**
 * Whether the site may be a demo, with accounts whose passwords are public: only people on this machine reach it, or SEED_DEMO
 * says so.
 */
export const mayBeDemo = (env: { HOST: string; PUBLIC_URL?: string; SEED_DEMO: boolean }) =>
  env.SEED_DEMO || (isLoopback(env.HOST) && env.PUBLIC_URL === undefined);

/** The demo accounts that this site has and accepts: none outside a demo. Rejects when Postgres does not answer. */
export async function readDemoRoles(
  db: Pick<PrismaClient, "user">,
  env: Parameters<typeof mayBeDemo>[0],
): Promise<DemoRole[]> {
  if (!mayBeDemo(env)) return [];
  const users = await db.user.findMany({
    where: { email: { in: Object.values(DEMO_EMAILS) } },
    select: { email: true },
  });
  return DEMO_ROLES.filter((role) => users.some(({ email }) => email === DEMO_EMAILS[role]));
}
