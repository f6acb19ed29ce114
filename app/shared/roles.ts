/** The roles of accounts, as the command line and Postgres call them. */
export const ROLES = ["READER", "EDITOR", "AUDITOR", "OPS"] as const;
export type Role = (typeof ROLES)[number];

/** Those who open the operators' pages: their sessions end sooner, and a second factor may be required of them. */
export const OPERATORS: readonly Role[] = ["OPS", "AUDITOR"];

/** A role as people call it, after "a" or "an". */
export const ROLE_NAMES: Record<Role, string> = {
  READER: "reader",
  EDITOR: "editor",
  AUDITOR: "read-only operator",
  OPS: "operator",
};

/** "an editor", "a read-only operator". */
export const roleWithArticle = (role: Role) =>
  `${/^[aeiou]/.test(ROLE_NAMES[role]) ? "an" : "a"} ${ROLE_NAMES[role]}`;

export const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text);
