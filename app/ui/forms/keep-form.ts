import type { ClientActionFunctionArgs } from "@remix-run/react";
import type { FormResult } from "~/shared/action-result";
import { isUnanswered } from "../shell/keep-page";

/**
 * The `clientAction` of a page with operators' forms: one that got no answer is refused in words and keeps its input, in place of an
 * error page. It is not sent again, as it may have been carried out.
 */
export async function keepForm({ request, serverAction }: ClientActionFunctionArgs): Promise<FormResult> {
  const form = await request.clone().formData();
  try {
    return await serverAction<FormResult>();
  } catch (error) {
    if (error instanceof Response || !isUnanswered(error)) throw error;
    return {
      ok: false,
      text: "The site did not answer, so it is not known whether this was done. See the audit log before you try again.",
      intent: String(form.get("intent") ?? ""),
      id: String(form.get("id") ?? ""),
      errors: {},
      values: {},
    };
  }
}
