import { z } from "zod";
import { findRuleType } from "~/alerts/rule-types/all-rules";
import {
  editRule,
  LONGEST_DELAY_SECONDS,
  LONGEST_WINDOW_SECONDS,
  SHORTEST_WINDOW_SECONDS,
  silenceRule,
  unsilenceRule,
} from "~/alerts/rules";
import { SEVERITIES } from "~/alerts/severity";
import { type Actions, defineAction } from "~/console/action";
import { checkboxField, durationField, numberField } from "~/console/fields";
import { done } from "~/shared/action-result";
import { after, minutes } from "../alert-actions";

const permission = "alerts.change";

/** The rule that a form is about. */
const rule = z.string("There is no such rule.");
const delay = durationField("Enter a time up to a day, such as 30 s or 5 min.", 0, LONGEST_DELAY_SECONDS);

const silence = defineAction({
  permission,
  reason: "required",
  schema: z.object({ id: rule, minutes }),
  async run({ runtime, user, reason, now }, { id, minutes }) {
    await silenceRule(runtime.db, user, id, { until: after(now, minutes), reason, now });
    return done("Silenced. Its alerts are still shown here, but no channel is notified.");
  },
});

const unsilence = defineAction({
  permission,
  reason: "none",
  schema: z.object({ id: rule }),
  async run({ runtime, user }, { id }) {
    await unsilenceRule(runtime.db, user, id);
    return done("Silence ended.");
  },
});

const unitOf = (rule: string) => findRuleType(rule)?.unit;
const isShare = (rule: string) => unitOf(rule) === "share";

/** A limit as its field shows it: a share in percent, a time as "10 min", anything else as a number. */
const limit = (id: string, text: string): number | null => {
  if (unitOf(id) === "seconds")
    return durationField("", 1, LONGEST_WINDOW_SECONDS).safeParse(text).data ?? null;
  const value = numberField("", (value) => value > 0).safeParse(text).data;
  return value === undefined ? null : isShare(id) ? value / 100 : value;
};

/** The bounds are those of `editRule`, checked here to show errors beside the fields. */
const edit = defineAction({
  permission,
  reason: "none",
  schema: z
    .object({
      id: rule,
      enabled: checkboxField,
      threshold: z.string("Enter a limit."),
      windowSeconds: durationField(
        `Enter a time from ${SHORTEST_WINDOW_SECONDS} s to a month, such as 5 min.`,
        SHORTEST_WINDOW_SECONDS,
        LONGEST_WINDOW_SECONDS,
      ).optional(),
      forSeconds: delay,
      keepFiringSeconds: delay,
      severity: z.enum(SEVERITIES, "Choose a severity."),
    })
    .refine(({ id, threshold }) => limit(id, threshold) !== null, {
      path: ["threshold"],
      error: ({ input }) =>
        unitOf((input as { id: string }).id) === "seconds"
          ? "Enter a time above 0, such as 45 s or 10 min."
          : "Enter a number above 0.",
    })
    .refine(({ id, threshold }) => !isShare(id) || (limit(id, threshold) ?? 0) <= 1, {
      path: ["threshold"],
      message: "Enter 100 % or less.",
    }),
  async run({ runtime, user }, { id, threshold, windowSeconds, ...rest }) {
    await editRule(runtime.db, user, id, {
      ...rest,
      threshold: limit(id, threshold) ?? 0,
      windowSeconds: findRuleType(id)?.looksBack ? (windowSeconds ?? 0) : 0,
    });
    return done("Saved. Applies from the next evaluation (within 15 s).");
  },
});

/** What people can do about a rule. */
export const RULE_ACTIONS: Actions = { silence, unsilence, "edit-rule": edit };
