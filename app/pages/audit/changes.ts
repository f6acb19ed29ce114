import { formatCount, formatDuration, formatList, formatNumber, formatShare } from "~/shared/format";
import { lookUp } from "~/shared/look-up";
import { OBJECTIVES } from "~/shared/objectives";
import { RETENTION_RULES } from "~/shared/retention";
import { type Fields, numberOf, textOf } from "./event-fields";

/** The totals that a repair changed: "its total from 7,441 to 7,561, and 2 totals of chapters". */
export function describeTotals(before: Fields, after: Fields): string {
  const of = (kind: string) => Object.keys(after).filter((name) => name.startsWith(`${kind} `));
  const [story] = of("story");
  const chapters = of("chapter").length;
  return formatList([
    ...(story === undefined
      ? []
      : [
          `its total from ${formatNumber(numberOf(before, story))} to ${formatNumber(numberOf(after, story))}`,
        ]),
    ...(chapters > 0 ? [formatCount(chapters, "total of a chapter", "totals of chapters")] : []),
  ]);
}

type InWords = (value: unknown) => string;
const plain: InWords = (value) => (typeof value === "number" ? formatNumber(value) : String(value));
const seconds: InWords = (value) => (typeof value === "number" ? formatDuration(value) : String(value));

/** What the fields of a setting are called, and their values in words. */
type EditedFields = Record<string, [name: string, inWords: InWords]>;

/** The settings of an alert rule. */
export const RULE_FIELDS: EditedFields = {
  threshold: ["limit", plain],
  windowSeconds: ["measured over", seconds],
  forSeconds: ["fires after", seconds],
  keepFiringSeconds: ["closes after", seconds],
};

const days: InWords = (value) => (typeof value === "number" ? formatCount(value, "day") : String(value));

/** The days of each rule of retention. */
export const RETENTION_FIELDS: EditedFields = Object.fromEntries(
  RETENTION_RULES.map(({ key, label }) => [key, [label.charAt(0).toLowerCase() + label.slice(1), days]]),
);

/** The settings of a notification channel. */
export const CHANNEL_FIELDS: EditedFields = {
  leastSeverity: ["told from severity", plain],
  repeatMinutes: [
    "reminded every",
    (value) => (typeof value === "number" ? formatDuration(value * 60) : "never"),
  ],
};

/** The edit of some settings: "switched off", "limit from 0.05 to 0.1". */
export function describeEdit(known: EditedFields, before: Fields, after: Fields): string {
  const names = Object.keys(after).filter(
    (name) => JSON.stringify(lookUp(before, name)) !== JSON.stringify(lookUp(after, name)),
  );
  if (names.length === 0) return "no change";
  return formatList(
    names.map((name) => {
      if (name === "enabled") return after.enabled ? "switched on" : "switched off";
      const [label, inWords] = lookUp(known, name) ?? [name, plain];
      return `${label} from ${inWords(lookUp(before, name) ?? "nothing")} to ${inWords(lookUp(after, name))}`;
    }),
  );
}

/** The targets that changed: "the target of “Views kept” from 99.9% to 99.99%". */
export function describeTargets(before: Fields, after: Fields): string {
  const changed = OBJECTIVES.filter(({ key }) => numberOf(before, key) !== numberOf(after, key));
  if (changed.length === 0) return "no target";
  return formatList(
    changed.map(
      ({ key, name }) =>
        `the target of “${name}” from ${formatShare(numberOf(before, key))} to ${formatShare(numberOf(after, key))}`,
    ),
  );
}

/** A change on the queue board, which is audited when it is asked for and when it ends. */
export function describeBoardChange(verb: string, past: string, target: string, after: Fields): string {
  const outcome = textOf(after, "outcome");
  if (outcome === "requested") return `asked the queue board to ${verb} ${target}`;
  if (outcome === "failed") return `could not ${verb} ${target} (status ${numberOf(after, "status")})`;
  if (outcome.startsWith("unknown"))
    return `may have ${past} ${target}: the connection ended before the answer`;
  return `${past} ${target} on the queue board`;
}
