import {
  formatCount,
  formatDuration,
  formatList,
  formatNumber,
  formatStep,
  formatTime,
  toSentence,
} from "~/shared/format";
import { modeName, sayReason } from "~/shared/labels";
import type { StatusSummary, Tone } from "~/shared/status";
import type { JournalFileNow } from "~/telemetry/journal-files";
import { type ProcessNow, SILENT_AFTER_SECONDS } from "~/telemetry/processes";

export interface StatusFacts {
  now: Date;
  /** The answering process, read directly; the others are known from their samples. */
  self: { process: string; mode: string; since: Date; reason: string };
  processes: ProcessNow[];
  redis: "up" | "down" | "disabled";
  /** Why Redis may lose views that it has acknowledged. */
  redisRisks?: { urgent: boolean; text: string }[];
  unsynced: { views: number; asOf: Date; live: boolean } | null;
  oldestUnsyncedAt: Date | null;
  syncIntervalSeconds: number;
  /** The sync is late once the oldest view waiting to sync is this old. */
  syncLateAfterSeconds: number;
  /** When the schedule starts the next one; null until it has had a turn. */
  nextSyncAt?: Date | null;
  lastRun: { startedAt: Date; error: string | null } | null;
  workerSeenAt: Date | null;
  /** Journal files with lines that wait, are missing, were torn or set aside. */
  journalFiles?: JournalFileNow[];
  /** When a pause of the schedule ends, and why an operator paused it. */
  pause?: { until: Date; reason: string } | null;
  /** The drill that runs, and when it ends. */
  drill?: { id: number; endsAt: Date } | null;
  /** Why TRUST_PROXY does not fit the proxies in front: readers' addresses, and so their counts, are wrong. */
  proxyWarning?: string | null;
}

/** A detail below the headline, and how serious it is. */
interface Issue {
  tone: Tone;
  text: string;
}

/** The state of counting: where views are counted, and how it goes on. The headline is both. */
export interface CountingStatus extends StatusSummary {
  /** The worst mode of the web processes, and since when; null if that is unknown. */
  mode: string;
  since: Date | null;
  /** "Counting in Redis." */
  path: string;
}

/** The state of counting in plain words: one sentence that operators can act on, then the details. */
export function summarizeStatus(facts: StatusFacts): CountingStatus {
  const paths = describePaths(facts);
  const issues: Issue[] = [
    ...journalIssues(facts, paths.tone),
    ...journalFileIssues(facts),
    ...(facts.proxyWarning ? [{ tone: "alarm" as const, text: facts.proxyWarning }] : []),
    ...workerIssues(facts),
    ...syncIssues(facts),
    ...(facts.redisRisks ?? []).map(({ urgent, text }) => ({
      tone: urgent ? ("alarm" as const) : ("notice" as const),
      text,
    })),
    ...(facts.redis === "down" && paths.allRedis
      ? [
          {
            tone: "notice" as const,
            text: "Redis is not answering this page. If that lasts, views go to the database automatically.",
          },
        ]
      : []),
  ];
  return {
    tone: worst([paths.tone, ...issues.map((issue) => issue.tone)]),
    headline: [paths.path, paths.rest].filter(Boolean).join(" "),
    mode: paths.mode,
    since: paths.since,
    path: paths.path,
    details: [...paths.details, ...issues.map((issue) => issue.text)],
  };
}

/** Where the web processes count: the headline, in two parts, and the details that belong to it. */
interface Paths {
  tone: Tone;
  allRedis: boolean;
  mode: string;
  since: Date | null;
  path: string;
  /** What the calm headline goes on with. */
  rest?: string;
  details: string[];
}

function describePaths(facts: StatusFacts): Paths {
  const { now, self, redis, drill } = facts;
  const reporting = facts.processes.filter((process) => process.role === "web" && !process.silent);
  // A single web process is the one that answers, and its own state is fresher than its last sample.
  const web = reporting.length > 1 ? reporting : [self];
  const modes = new Set(web.map((process) => process.mode));
  const first = web[0];
  const mode = ["journal", "database"].find((each) => modes.has(each)) ?? "redis";
  const earliest = web
    .filter((process) => process.mode === mode)
    .reduce<Date | null>((found, { since }) => (since && (!found || since < found) ? since : found), null);
  const where = { mode, since: earliest, allRedis: false };
  const waitingToSync = describeUnsynced(facts);

  if (modes.size === 1 && modes.has("redis"))
    return {
      ...where,
      tone: "calm",
      allRedis: true,
      path: "Counting in Redis.",
      rest: waitingToSync,
      details: [],
    };
  if (modes.size === 1 && modes.has("database") && redis === "disabled")
    return {
      ...where,
      tone: "calm",
      path: "Counting in the database: counting in Redis is switched off.",
      details: ["Each counted view is one row and totals change at once, so there is nothing to sync."],
    };
  if (drill && modes.has("database") && !modes.has("journal"))
    return {
      ...where,
      tone: "notice",
      path: `Drill ${formatNumber(drill.id)} is running until ${formatTime(drill.endsAt, { now })}: views are counted in the database on purpose.`,
      details: ["Nothing is lost, and no reader is counted twice when the drill ends."],
    };
  const since = earliest ? ` since ${formatTime(earliest, { now })}` : "";
  const because = first?.reason ? `, because ${sayReason(first.reason)}` : "";
  if (modes.size === 1 && modes.has("database")) {
    const isChosen = first?.reason.startsWith("an operator chose");
    return {
      ...where,
      tone: "notice",
      path: toSentence(`Counting in the database${since}${because}`),
      details: [
        `Nothing is lost: pages stay fast, and no reader is counted twice when ${isChosen ? "you switch back" : "Redis is back"}.`,
        ...(facts.unsynced && facts.unsynced.views > 0 ? [waitingToSync] : []),
      ],
    };
  }
  if (modes.size === 1 && modes.has("journal"))
    return {
      ...where,
      tone: "alarm",
      path: toSentence(
        `Views ${since ? "have been" : "are"} kept only in the journal file${since}${because}`,
      ),
      details: [
        "They are counted once Redis or the database accepts views again: the journal is then replayed, each view with its original time.",
      ],
    };
  const groups = [...modes].map((each) => {
    const members = web.filter((process) => process.mode === each);
    return `${formatNumber(members.length)} in ${modeName(each)} (${formatList(members.map((process) => process.process))})`;
  });
  return {
    ...where,
    tone: modes.has("journal") ? "alarm" : "notice",
    path: toSentence(
      `The ${formatCount(web.length, "web process", "web processes")} count in different places: ${formatList(groups)}`,
    ),
    details: [waitingToSync],
  };
}

/** "534 views wait for the next sync, 12:09 UTC." The time of the number itself is at the foot of the page. */
function describeUnsynced({ unsynced, nextSyncAt, pause, now }: StatusFacts) {
  if (!unsynced) return "How many are waiting to sync is unknown: Redis is unreachable.";
  const { views, asOf, live } = unsynced;
  if (!live) {
    const count = views === 0 ? "None" : formatNumber(views);
    return `${count} ${views === 1 ? "was" : "were"} waiting to sync at ${formatTime(asOf, { now, seconds: true })}; Redis is unreachable now.`;
  }
  if (views === 0) return "No views are waiting to sync.";
  const waiting = `${formatCount(views, "view")} ${views === 1 ? "waits" : "wait"}`;
  if (pause) return `${waiting} until the sync is resumed, ${formatTime(pause.until, { now })}.`;
  if (!nextSyncAt || nextSyncAt <= now) return `${waiting} for the next sync.`;
  return `${waiting} for the next sync, ${formatTime(nextSyncAt, { now })}.`;
}

/** While a journal still holds views, the site is not back to normal, even if new views are counted again. */
function journalIssues({ processes }: StatusFacts, tone: Tone): Issue[] {
  // The journal of a silent process has been taken over by another.
  const views = processes.reduce((sum, process) => sum + (process.silent ? 0 : process.journalled), 0);
  if (views === 0) return [];
  const them =
    views === 1
      ? "is in the journal file, to be replayed with its"
      : "are in the journal file, to be replayed with their";
  return [
    {
      tone: tone === "alarm" ? "alarm" : "notice",
      text: `${formatCount(views, "view")} ${them} original time${views === 1 ? "" : "s"}.`,
    },
  ];
}

/** Torn lines are mentioned for this long, ms. */
const TORN_SHOWN_MS = 86_400_000;

/** Lines of the journal that are in no store and will not get there without a person, and where they are. */
function journalFileIssues({ journalFiles = [], now }: StatusFacts): Issue[] {
  const issues: Issue[] = [];
  const setAside = journalFiles.filter((file) => file.setAside > 0);
  if (setAside.length > 0) {
    const lines = setAside.reduce((sum, file) => sum + file.setAside, 0);
    const where = setAside.map((file) => `${file.rejectedFile} (${file.process})`);
    issues.push({
      tone: "alarm",
      text: `${formatCount(lines, "line of the journal was", "lines of the journal were")} set aside, because no store takes ${lines === 1 ? "it" : "them"}: ${formatList(where)}.`,
    });
  }
  const gone = journalFiles.filter((file) => file.missing > 0);
  if (gone.length > 0) {
    const views = gone.reduce((sum, file) => sum + file.missing, 0);
    const which = gone.map((file) => `${file.file} (last held by ${file.process})`);
    issues.push({
      tone: "alarm",
      text: `${formatCount(views, "view is", "views are")} missing: acknowledged in journal files that no process sees, ${formatList(which)}.`,
    });
  }
  const torn = journalFiles.filter((file) => now.getTime() - file.updatedAt.getTime() < TORN_SHOWN_MS);
  const cutOff = torn.reduce((sum, file) => sum + file.torn, 0);
  if (cutOff > 0)
    issues.push({
      tone: "notice",
      text: `${formatCount(cutOff, "line of the journal was", "lines of the journal were")} cut off by a crash in the last day. ${cutOff === 1 ? "It was" : "They were"} never acknowledged.`,
    });
  return issues;
}

function workerIssues({ workerSeenAt, redis, now }: StatusFacts): Issue[] {
  if (redis === "disabled") return [];
  if (!workerSeenAt)
    return [
      {
        tone: "notice",
        text: "No worker has reported yet: nothing is synced to the database until one runs.",
      },
    ];
  const silence = (now.getTime() - workerSeenAt.getTime()) / 1000;
  if (silence <= SILENT_AFTER_SECONDS) return [];
  return [
    {
      tone: "alarm",
      text: `The worker has been silent for ${formatDuration(silence)} (since ${formatTime(workerSeenAt, { now })}): nothing is synced to the database until it runs. Views are still counted.`,
    },
  ];
}

function syncIssues(facts: StatusFacts): Issue[] {
  const { lastRun, oldestUnsyncedAt, syncIntervalSeconds, syncLateAfterSeconds, redis, now, pause } = facts;
  if (redis === "disabled") return [];
  const issues: Issue[] = [];
  if (pause)
    issues.push({
      tone: "notice",
      text: `The sync is paused until ${formatTime(pause.until, { now })}${pause.reason ? ` (${pause.reason})` : ""}: views are counted, but totals do not change until then.`,
    });
  if (lastRun?.error)
    issues.push({
      tone: "alarm",
      text: `The last sync, at ${formatTime(lastRun.startedAt, { now })}, failed: ${toSentence(lastRun.error)} The views that it did not move are still waiting to sync, and the next sync moves them.`,
    });
  const age = oldestUnsyncedAt ? (now.getTime() - oldestUnsyncedAt.getTime()) / 1000 : 0;
  if (!pause && age >= syncLateAfterSeconds)
    issues.push({
      tone: "alarm",
      text: `The sync is late: the oldest view waiting to sync is ${formatDuration(age)} old, and the sync should run every ${formatStep(syncIntervalSeconds)}.`,
    });
  return issues;
}

const worst = (tones: Tone[]): Tone =>
  tones.includes("alarm") ? "alarm" : tones.includes("notice") ? "notice" : "calm";
