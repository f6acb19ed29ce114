import { findRuleType } from "~/alerts/rule-types/all-rules";
import type { AuditAction } from "~/platform/audit";
import { formatCount, formatDuration, formatList, formatNumber, formatTime } from "~/shared/format";
import { ledgerPartName } from "~/shared/labels";
import { lookUp } from "~/shared/look-up";
import { isRole, roleWithArticle } from "~/shared/roles";
import {
  CHANNEL_FIELDS,
  describeBoardChange,
  describeEdit,
  describeTargets,
  describeTotals,
  RETENTION_FIELDS,
  RULE_FIELDS,
} from "./changes";
import { type Fields, fieldsOf, numberOf, textOf } from "./event-fields";

/** An event, as far as its sentence needs it. Its people are named. */
export interface AuditEvent {
  actor: string;
  action: string;
  target: string | null;
  reason: string | null;
  before: unknown;
  after: unknown;
}

interface Facts {
  /** The object of the deed, without the word for its kind. */
  target: string;
  before: Fields;
  after: Fields;
  /** A time of the event, in UTC; the page shows it in the viewer's zone. */
  time(iso: string): string;
}

/** For each kind of event, the deed as it follows the person's name. No kind is missing: the type sees to it. */
const SENTENCES: Record<AuditAction, (event: Facts) => string> = {
  "sync.run": ({ after }) => requested("a sync", after),
  "sync.retry": ({ target, after }) => requested(`a retry of ${target || "a run"}`, after),
  "sync.pause": ({ before, after, time }) =>
    `paused the sync${until(after, "pausedUntil", time)}${wasIntervalChanged(before, after)}`,
  "sync.resume": () => "resumed the sync",
  "sync.interval": ({ before, after }) =>
    `changed the sync interval from ${hours(before)} to ${hours(after)}`,
  "sync.skip": ({ after, time }) =>
    `skipped a scheduled sync: it is paused${until(after, "pausedUntil", time)}`,
  "sync.schedule": ({ after }) => `set the schedule to a sync every ${hours(after)}`,
  "tracker.switch": ({ before, after, time }) =>
    `moved counting from ${store(before)} to ${store(after)}${until(after, "until", time)}`,
  "story.repair": ({ target, before, after }) =>
    `corrected ${story(target)}: ${describeTotals(before, after)}`,
  "story.void": ({ target, after, time }) =>
    `voided ${storyViews(target, after)}, from ${time(textOf(after, "from"))} to ${time(textOf(after, "to"))}`,
  "story.unvoid": ({ target, after }) => `put ${storyViews(target, after)} back`,
  "views.import": ({ target, after }) =>
    `brought views in from ${textOf(after, "files")}: ${target} has ${importedViews(after)}`,
  "views.undo-import": ({ target, before }) => `undid ${target}: ${importedViews(before)} were taken out`,
  "views.backfill": ({ after }) =>
    after.storyViews === undefined
      ? "started to fill the hourly history from the rows of views from before Redis"
      : `filled the hourly history from the rows of views from before Redis: ${importedViews(after)} were missing`,
  "ledger.explain": ({ target, before }) =>
    `explained a drift of ${formatCount(Math.abs(numberOf(before, "drift")), "view")} in ${ledgerPartName(target.replace(/^ledger /, ""))}`,
  "archive.pause": () => "paused the archive",
  "archive.resume": () => "resumed the archive",
  "archive.again": ({ target }) => `let the rows of ${target} leave for the archive again`,
  "archive.restore": ({ target, after }) =>
    `restored ${formatCount(numberOf(after, "rows"), "row")} of views from ${target}`,
  "retention.change": ({ before, after }) =>
    `changed how long rows stay: ${describeEdit(RETENTION_FIELDS, before, after)}`,
  "objective.target": ({ before, after }) => `changed ${describeTargets(before, after)}`,
  "demo.start-readers": ({ after }) =>
    `started the demo's readers, at ${formatNumber(numberOf(after, "rate"))} views per second`,
  "demo.stop-readers": () => "stopped the demo's readers",
  "alert.acknowledge": ({ target }) => `acknowledged ${alert(target)}`,
  "alert.hand-over": ({ target, after }) =>
    `handed ${alert(target)} over to ${textOf(after, "acknowledgedBy") || "another operator"}`,
  "alert.note": ({ target }) => `added a note to ${alert(target)}`,
  "alert.snooze": ({ target, after, time }) =>
    `snoozed ${alert(target)}${until(after, "snoozedUntil", time)}`,
  "alert.silence": ({ target, after, time }) =>
    `silenced ${rule(target)}${until(after, "silencedUntil", time)}`,
  "alert.unsilence": ({ target }) => `ended the silence of ${rule(target)}`,
  "alert.edit-rule": ({ target, before, after }) =>
    `edited ${rule(target)}: ${describeEdit(RULE_FIELDS, before, after)}`,
  "alert.add-channel": ({ after }) => `added ${channel(after)}`,
  "alert.edit-channel": ({ before, after }) =>
    `edited the channel “${textOf(before, "name")}”: ${describeEdit(CHANNEL_FIELDS, before, after)}`,
  "alert.remove-channel": ({ before }) => `removed ${channel(before)}`,
  "alert.test-channel": ({ target }) => `sent a test to the ${target}`,
  "alert.give-up": ({ target }) => `gave up on the ${target}`,
  "alert.retry-delivery": ({ target }) => `retried the ${target}`,
  "drill.start": ({ target, after }) => `started ${target}, of ${formatDuration(numberOf(after, "seconds"))}`,
  "drill.abort": ({ target }) => `aborted ${target}`,
  "queues.retry": ({ target, after }) => describeBoardChange("retry", "retried", target, after),
  "queues.promote": ({ target, after }) => describeBoardChange("promote", "promoted", target, after),
  "queues.clean": ({ target, after }) => describeBoardChange("remove", "removed", target, after),
  "user.role": ({ target, before, after }) => `made ${target} ${role(after)} instead of ${role(before)}`,
  "user.disable": ({ target, after }) =>
    `disabled the account of ${target}, which ended ${formatCount(numberOf(after, "sessions"), "session")}`,
  "user.enable": ({ target }) => `enabled the account of ${target}`,
  "user.end-sessions": ({ target, before }) =>
    `ended ${formatCount(numberOf(before, "sessions"), "session")} of ${target}`,
  "account.erase": ({ target }) => `erased ${target}`,
};

/**
 * An event as a sentence: who did what, before → after in words, and why. Its times are in UTC, as `Sentence` expects them. An event that
 * another version wrote keeps its code.
 */
export function describeEvent(event: AuditEvent, now: Date): string {
  const deedOf = lookUp<(facts: Facts) => string>(SENTENCES, event.action);
  const facts: Facts = {
    target: event.target ?? "",
    before: fieldsOf(event.before),
    after: fieldsOf(event.after),
    time: (iso) => (Number.isNaN(Date.parse(iso)) ? "an unknown time" : formatTime(new Date(iso), { now })),
  };
  const deed = deedOf ? deedOf(facts) : [event.action, event.target].filter(Boolean).join(", ");
  const reason = event.reason?.trim();
  return `${capital(event.actor)} ${deed}${reason ? `: ${reason}` : "."}`;
}

/** The parts of Tidemark that act by themselves are "the worker", "the schedule", "the command line". */
const capital = (name: string) =>
  /^(the|user) /.test(name) ? name.charAt(0).toUpperCase() + name.slice(1) : name;

function requested(what: string, after: Fields): string {
  const why = textOf(after, "why");
  return after.requested === false
    ? `asked for ${what}, and got none${why && ` (${why.replace(/\.$/, "")})`}`
    : `requested ${what}`;
}

const until = (fields: Fields, name: string, time: Facts["time"]) => {
  const at = textOf(fields, name);
  return at ? ` until ${time(at)}` : "";
};

const hours = (fields: Fields) => formatDuration(numberOf(fields, "intervalHours") * 3600);
const wasIntervalChanged = (before: Fields, after: Fields) =>
  before.intervalHours !== undefined && before.intervalHours !== after.intervalHours
    ? ` and changed its interval to ${hours(after)}`
    : "";
const store = (fields: Fields) => (textOf(fields, "store") === "redis" ? "Redis" : "the database");
const story = (target: string) => `the story “${target.replace(/^story /, "")}”`;

const storyViews = (target: string, fields: Fields) =>
  formatList([
    `${formatNumber(numberOf(fields, "storyViews"))} views of ${story(target)}`,
    `${formatNumber(numberOf(fields, "chapterViews"))} of its chapters`,
  ]);

const importedViews = (fields: Fields) =>
  formatList([
    `${formatNumber(numberOf(fields, "storyViews"))} views of stories`,
    `${formatNumber(numberOf(fields, "chapterViews"))} of chapters`,
  ]);

const titleOf = (kind: string) => findRuleType(kind)?.title ?? kind;
const rule = (target: string) => `the rule “${titleOf(target.replace(/^alert rule /, ""))}”`;
const alert = (target: string) => {
  const kind = /\((.+)\)$/.exec(target)?.[1];
  return kind ? `the alert “${titleOf(kind)}”` : target;
};

const channel = (fields: Fields) =>
  `the channel “${textOf(fields, "name")}” (${textOf(fields, "kind")} to ${textOf(fields, "host")})`;

const role = (fields: Fields) => {
  const name = textOf(fields, "role");
  return isRole(name) ? roleWithArticle(name) : name;
};
