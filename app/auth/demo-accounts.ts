import { isLoopback } from "../platform/loopback";

/** The roles that have a demo account. */
const DEMO_ROLES = ["READER", "EDITOR", "OPS"] as const;

/** The public password of every demo account with this role: `npm start` and the README show it. */
export const demoPasswordOf = (role: (typeof DEMO_ROLES)[number]) => `tide-demo-${role.toLowerCase()}`;

const PUBLIC_PASSWORDS = new Set(DEMO_ROLES.map(demoPasswordOf));

/** Whether anyone can read this password in the README. */
export const isPublicPassword = (password: string) => PUBLIC_PASSWORDS.has(password);

/**
 * Whether the site may be a demo, with accounts whose passwords are public: only people on this machine reach it, or SEED_DEMO
 * says so.
 */
export const mayBeDemo = (env: { HOST: string; PUBLIC_URL?: string; SEED_DEMO: boolean }) =>
  env.SEED_DEMO || (isLoopback(env.HOST) && env.PUBLIC_URL === undefined);
