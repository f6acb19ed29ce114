import type { ClientActionFunctionArgs } from "@remix-run/react";
import type { FormResult } from "~/shared/action-result";
import { isUnanswered } from "../shell/keep-page";
import { keepAnswer } from "./answers";

/**
 * The `clientAction` of every page with an `ActionProvider`: keeps the answer until it is dismissed. A form that got no answer, or
 * whose person may no longer send it, is refused in words and keeps its input, in place of an error page. It is not sent again, as it may
 * have been carried out.
 */
export async function keepForm({ request, serverAction }: ClientActionFunctionArgs): Promise<FormResult> {
  const form = await request.clone().formData();
  const page = new URL(request.url).pathname;
  const result = await serverAction<FormResult>().catch(async (error: unknown) => {
    const text = await explain(error, page);
    if (text === null) throw error;
    const [intent, id] = [String(form.get("intent") ?? ""), String(form.get("id") ?? "")];
    return { ok: false, text, intent, id, errors: {}, values: {} };
  });
  keepAnswer(page, result);
  return result;
}

/** Why a form has no result, in a sentence; null where the error page says it, or another page opens. */
async function explain(error: unknown, page: string): Promise<string | null> {
  if (error instanceof Response) return error.status === 403 ? `No change: ${await error.text()}` : null;
  if (!isUnanswered(error)) return null;
  const where = page.startsWith("/admin") ? "See the audit log" : "Open this page again and look";
  return `The site did not answer, so it is not known whether this was done. ${where} before you try again.`;
}
