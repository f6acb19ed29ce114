import {
  formatCount,
  formatDuration,
  formatList,
  formatNumber,
  formatTime,
  toSentence,
} from "~/shared/format";
import { modeName } from "~/shared/labels";
import type { StatusSummary, Tone } from "~/shared/status";
import { type ProcessNow, SILENT_AFTER_SECONDS } from "~/telemetry/processes";

export interface StatusFacts {
  now: Date;
  /** The process that answers, asked directly; the others are known from their samples. */
  own: { process: string; mode: string; since: Date; reason: string };
  processes: ProcessNow[];
  redis: "up" | "down" | "disabled";
  waiting: { views: number; asOf: Date; live: boolean } | null;
  oldestUnsyncedAt: Date | null;
  syncIntervalSeconds: number;
  lastRun: { startedAt: Date; error: string | null } | null;
  workerSeenAt: Date | null;
  /** Somebody told the schedule to rest until then. */
  pause?: { until: Date; reason: string } | null;
}

/** A sync may start late and take a while; half an interval more than planned is late. */
const LATE_FACTOR = 1.5;

/** The state of the counting in plain words: one sentence that an operator can act on, then what she should know. */
export function summarizeStatus(facts: StatusFacts): StatusSummary {
  const where = whereViewsGo(facts);
  const troubles = [
    ...journalTrouble(facts, where.tone),
    ...workerTrouble(facts),
    ...syncTrouble(facts),
    ...(facts.redis === "down" && where.allRedis
      ? [
          {
            tone: "notice" as const,
            text: "Redis does not answer this page just now. If that lasts, views go to the database by themselves.",
          },
        ]
      : []),
  ];
  return {
    tone: worst([where.tone, ...troubles.map((trouble) => trouble.tone)]),
    headline: where.headline,
    details: [...where.details, ...troubles.map((trouble) => trouble.text)],
  };
}

function whereViewsGo(facts: StatusFacts) {
  const { now, own, redis } = facts;
  const reporting = facts.processes.filter((process) => process.role === "web" && !process.silent);
  // With one web process, that is the one that answers: its own word is fresher than its last sample.
  const web = reporting.length > 1 ? reporting : [own];
  const modes = new Set(web.map((process) => process.mode));
  const first = web[0];
  const waits = waitingWords(facts);

  if (modes.size === 1 && modes.has("redis"))
    return {
      tone: "calm" as const,
      allRedis: true,
      headline: `All views are counted in Redis. ${waits}`,
      details: [],
    };
  if (modes.size === 1 && modes.has("database") && redis === "disabled")
    return {
      tone: "calm" as const,
      allRedis: false,
      headline: "All views are counted in the database: counting in Redis is switched off.",
      details: ["Each counted view is one row, and totals move at once; there is nothing to sync."],
    };
  const earliest = web.reduce<Date | null>(
    (found, process) => (process.since && (!found || process.since < found) ? process.since : found),
    null,
  );
  const since = earliest ? ` since ${formatTime(earliest, { now })}` : "";
  const because = first?.reason ? `, because ${lowerFirst(first.reason)}` : "";
  if (modes.size === 1 && modes.has("database"))
    return {
      tone: "notice" as const,
      allRedis: false,
      headline: toSentence(`Views are counted in the database${since}${because}`),
      details: [
        "Nothing is lost: readers do not wait, and nobody is counted twice when Redis is back.",
        ...(facts.waiting && facts.waiting.views > 0 ? [waits] : []),
      ],
    };
  if (modes.size === 1 && modes.has("journal"))
    return {
      tone: "alarm" as const,
      allRedis: false,
      headline: toSentence(`Views are only kept in the journal file${since}${because}`),
      details: [
        "They are not counted until Redis or the database takes views again; then the journal is replayed with each view's own time.",
      ],
    };
  const groups = [...modes].map((mode) => {
    const members = web.filter((process) => process.mode === mode);
    return `${formatNumber(members.length)} in ${modeName(mode)} (${formatList(members.map((process) => process.process))})`;
  });
  return {
    tone: modes.has("journal") ? ("alarm" as const) : ("notice" as const),
    allRedis: false,
    headline: toSentence(
      `The ${formatCount(web.length, "web process", "web processes")} count in different places: ${formatList(groups)}`,
    ),
    details: [waits],
  };
}

function waitingWords({ waiting, now }: StatusFacts) {
  if (!waiting) return "How many wait for the sync is not known: Redis cannot be asked.";
  const at = formatTime(waiting.asOf, { now, seconds: true });
  const views =
    waiting.views === 0
      ? "None waits"
      : waiting.views === 1
        ? "1 waits"
        : `${formatNumber(waiting.views)} wait`;
  return waiting.live
    ? `${views} for the sync at ${at}.`
    : `${views} for the sync in Redis, as of ${at}: it cannot be asked now.`;
}

/** With views still in a journal, all is not as usual, even when new ones are counted again. */
function journalTrouble({ processes }: StatusFacts, tone: Tone): { tone: Tone; text: string }[] {
  // The journal of a process that is gone belongs to another one by now.
  const views = processes.reduce((sum, process) => sum + (process.silent ? 0 : process.journalled), 0);
  if (views === 0) return [];
  return [
    {
      tone: tone === "alarm" ? "alarm" : "notice",
      text: `${formatCount(views, "view")} ${views === 1 ? "is" : "are"} kept in the journal file, to be replayed with ${views === 1 ? "its" : "their"} own time.`,
    },
  ];
}

function workerTrouble({ workerSeenAt, redis, now }: StatusFacts): { tone: Tone; text: string }[] {
  if (redis === "disabled") return [];
  if (!workerSeenAt)
    return [
      {
        tone: "notice",
        text: "No worker has reported yet: nothing is carried to the database until one runs.",
      },
    ];
  const silence = (now.getTime() - workerSeenAt.getTime()) / 1000;
  if (silence <= SILENT_AFTER_SECONDS) return [];
  return [
    {
      tone: "alarm",
      text: `The worker has been silent for ${formatDuration(silence)} (since ${formatTime(workerSeenAt, { now })}): nothing is carried to the database until it runs. Views are still counted.`,
    },
  ];
}

function syncTrouble(facts: StatusFacts) {
  const { lastRun, oldestUnsyncedAt, syncIntervalSeconds, redis, now, pause } = facts;
  const troubles: { tone: Tone; text: string }[] = [];
  if (redis === "disabled") return troubles;
  if (pause)
    troubles.push({
      tone: "notice",
      text: `The sync is paused until ${formatTime(pause.until, { now })}${pause.reason ? ` (${pause.reason})` : ""}: views are counted, and totals stay as they are until then.`,
    });
  if (lastRun?.error)
    troubles.push({
      tone: "alarm",
      text: `The last sync, at ${formatTime(lastRun.startedAt, { now })}, failed: ${toSentence(lastRun.error)} What it did not carry still waits, and the next one carries it.`,
    });
  const age = oldestUnsyncedAt ? (now.getTime() - oldestUnsyncedAt.getTime()) / 1000 : 0;
  if (!pause && age > syncIntervalSeconds * LATE_FACTOR)
    troubles.push({
      tone: "alarm",
      text: `The sync is late: the oldest waiting view is ${formatDuration(age)} old, and the sync should run every ${formatDuration(syncIntervalSeconds)}.`,
    });
  return troubles;
}

const worst = (tones: Tone[]): Tone =>
  tones.includes("alarm") ? "alarm" : tones.includes("notice") ? "notice" : "calm";

/** "The connection…" → "the connection…", but "Redis…" stays a name. */
const lowerFirst = (phrase: string) =>
  /^(Redis|Postgres)/.test(phrase) ? phrase : phrase.charAt(0).toLowerCase() + phrase.slice(1);
