import type { Role } from "../../prisma/client/enums";
import { can } from "./permissions";
import { safeRedirect } from "./safe-redirect";

/** The page that people of a role work on: operators' and editors' own pages, and the stories for everyone else. */
export function landingOf(role: Role): string {
  if (can(role, "admin.view")) return "/admin";
  return can(role, "editor.view") ? "/editor" : "/";
}

/** The page to ask the log-in for: a path of this site, or "" when no page was asked for. */
export const askedPage = (next: FormDataEntryValue | null | undefined): string =>
  next ? safeRedirect(next) : "";
