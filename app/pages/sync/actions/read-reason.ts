import { type ActionResult, refused } from "~/shared/action-result";

const SHORTEST = 3;
const LONGEST = 500;

/** The reason that a form gives; every change has one, for whoever reads the audit later. */
export function readReason(form: FormData): { reason: string } | { answer: ActionResult } {
  const reason = String(form.get("reason") ?? "")
    .replaceAll("\0", "")
    .trim();
  if (reason.length < SHORTEST)
    return { answer: refused("Nothing was done: say why, in a few words. The audit keeps the reason.") };
  return { reason: reason.slice(0, LONGEST) };
}
