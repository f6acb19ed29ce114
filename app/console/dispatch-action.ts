import type { ActionFunctionArgs } from "@remix-run/node";
import { z } from "zod";
import { type Permission, requirePermission } from "~/auth/permissions";
import { type ActionResult, type FormResult, Refusal, refused } from "~/shared/action-result";
import { lookUp } from "~/shared/look-up";
import type { Action, Actions, Operator } from "./action";

const SHORTEST_REASON = 3;
const LONGEST_REASON = 500;

/** What to say where a reason is missing. */
export const REASON_MISSING = "Say why in a few words, for the audit log.";

const given = z
  .string()
  .default("")
  .transform((reason) => reason.trim().slice(0, LONGEST_REASON));
const REASONS = {
  required: z.object({
    reason: given.refine((reason) => reason.length >= SHORTEST_REASON, REASON_MISSING),
  }),
  optional: z.object({ reason: given }),
  none: z.object({}).transform(() => ({ reason: "" })),
};

/**
 * Handles a form of a page: checks the page's permission and the action's, then performs the action.
 * @throws a redirect to the log-in page, or a 403.
 */
export async function dispatchAction(
  { context, request }: Pick<ActionFunctionArgs, "context" | "request">,
  view: Permission,
  actions: Actions,
): Promise<FormResult> {
  await requirePermission(context, request, view);
  const values = readValues(await request.formData().catch(() => new FormData()));
  const intent = values.intent ?? "";
  const action = lookUp(actions, intent);
  if (!action) return answer({}, refused("No change: this page has no such form."));
  const user = await requirePermission(context, request, action.permission);
  return performAction(action, values, { runtime: context.runtime, log: context.log, user, now: new Date() });
}

/**
 * Parses a form's values, reason included, and runs the action on them. A failure on our side (Postgres is down) is logged
 * and reported in one line, so that the rest of the page still works.
 */
export async function performAction(
  action: Action,
  values: Record<string, string>,
  operator: Omit<Operator, "reason">,
): Promise<FormResult> {
  const reason = REASONS[action.reason].safeParse(values);
  const fields = action.schema.safeParse(values);
  const kept = Object.fromEntries(Object.entries(values).filter(([name]) => !action.secrets?.includes(name)));
  if (!reason.success || !fields.success) {
    const errors = { ...errorsOf(fields.error), ...errorsOf(reason.error) };
    const wrong = Object.keys(errors).length;
    return answer(
      kept,
      refused(`No change: ${wrong === 1 ? "a field needs" : `${wrong} fields need`} correcting.`),
      errors,
    );
  }
  try {
    return answer(kept, await action.run({ ...operator, reason: reason.data.reason }, fields.data));
  } catch (error) {
    if (error instanceof Refusal)
      return error.field
        ? answer(kept, refused("No change: a field needs correcting."), { [error.field]: error.message })
        : answer(kept, refused(error.message));
    operator.log.error({ err: error, intent: values.intent }, "an operator's action failed");
    return answer(
      kept,
      refused(
        "This failed on our side, and the error has been logged. Check the state below before you try again.",
      ),
    );
  }
}

/** The text fields only, without NUL, which Postgres cannot store. */
const readValues = (form: FormData): Record<string, string> =>
  Object.fromEntries(
    [...form].flatMap(([name, value]) =>
      typeof value === "string" ? [[name, value.replaceAll("\0", "")] as const] : [],
    ),
  );

/** The first message about each field. */
const errorsOf = (error: z.ZodError | undefined): Record<string, string> => {
  const errors: Record<string, string> = {};
  for (const { path, message } of error?.issues ?? []) errors[String(path[0] ?? "")] ??= message;
  return errors;
};

const answer = (
  { intent = "", id = "", ...values }: Record<string, string>,
  { ok, text, shownOnce }: ActionResult,
  errors: Record<string, string> = {},
): FormResult => ({ intent, id, ok, text, shownOnce, errors, values: ok ? {} : values });
