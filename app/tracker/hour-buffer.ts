import type { Target } from "./view";

/** A Redis buffer of counted views: one hour of one shard, in one life of its server. Its marks in Postgres carry its birth id. */
export interface HourBuffer {
  /** Id given to the buffer when it was created. */
  birth: string;
  /** Hours since 1970. */
  hour: number;
  /** The ledger under which its views were accepted. */
  ledger: string;
}

/** A buffer's totals, which Redis keeps so that the buffer itself need not be read. */
export interface BufferTotals extends HourBuffer {
  /** Views of stories and chapters. */
  views: number;
  /** How often it was written to, side counters included. It changes whenever the buffer does. */
  writes: number;
  /** The writes that a sync has moved to Postgres and settled in Redis. */
  settledWrites: number;
}

/** Some of a buffer's counters: field (`s7`, `c40`, `r:7:host`, `d:7:mobile`, `x:7:robot`) → cumulative count. */
export type Counts = Map<string, number>;

/** The ledger of one life of one shard: views ever accepted, as Redis has them. */
export interface ShardLedger {
  /** Redis's clock, Unix ms. */
  at: number;
  /** Id of this life of the ledger. */
  ledger: string;
  /** Views accepted in this life. */
  accepted: number;
  /** Views of outages that reconcile has taught it. */
  taught: number;
  /** Earlier lives that Redis's data still know, oldest first, and how many of the views that each accepted, or was taught, are in them. */
  ended: { ledger: string; survived: number; survivedTaught: number }[];
}

/** One shard of Redis at one instant. */
export interface ShardReading extends ShardLedger {
  /** Oldest hour first. */
  buffers: BufferTotals[];
}

/** The result of moving counters of one buffer to Postgres. */
export interface Moved {
  /** Counters that moved, and the views they moved by (side counters not included). */
  targets: number;
  views: number;
  /** Counters whose story or chapter was deleted: kept in ViewHour, but in no `readCount`. */
  orphans: number;
}

/** A buffer's field, parsed. */
export type ParsedField =
  | { type: "views"; kind: "story" | "chapter"; id: number }
  | { type: "detail"; storyId: number; dimension: "referrer" | "device" | "excluded"; value: string };

const dimensions = new Map([
  ["r", "referrer"],
  ["d", "device"],
  ["x", "excluded"],
] as const);
const [TOTAL, LIMIT, STORY, CHAPTER, ZERO] = [..."~#sc0"].map((character) => character.charCodeAt(0));
const NINE = 57;

/** Fields in which Redis keeps totals and limits of a buffer: they are not counters. */
export const isBookkeeping = (field: string) => {
  const first = field.charCodeAt(0);
  return first === TOTAL || first === LIMIT;
};

/** Whether the field counts the views of a story or a chapter; others are side counters. */
export const isViews = (field: string) => {
  const first = field.charCodeAt(0);
  return (first === STORY || first === CHAPTER) && isNumber(field, 1, field.length);
};

/** The id in a field's name, by which counters of one story or chapter are neighbours; 0 where this version finds none. */
export const idOf = (field: string) => Number.parseInt(field.slice(field[1] === ":" ? 2 : 1), 10) || 0;

/** Parses a buffer's field name; null for one that this version does not know. A sync parses millions. */
export function parseField(field: string): ParsedField | null {
  if (isViews(field)) {
    const kind = field.charCodeAt(0) === STORY ? "story" : "chapter";
    return { type: "views", kind, id: Number(field.slice(1)) };
  }
  const dimension = dimensions.get(field[0] as "r" | "d" | "x");
  const end = field.indexOf(":", 2);
  if (!dimension || field[1] !== ":" || !isNumber(field, 2, end) || end + 1 === field.length) return null;
  return { type: "detail", storyId: Number(field.slice(2, end)), dimension, value: field.slice(end + 1) };
}

function isNumber(text: string, from: number, to: number) {
  for (let i = from; i < to; i += 1) {
    const code = text.charCodeAt(i);
    if (code < (ZERO as number) || code > NINE) return false;
  }
  return to > from;
}

/** Names the field of a target's views. Viewers' keys start with it too. */
export const fieldOf = (target: Target) => `${target.kind === "story" ? "s" : "c"}${target.id}`;

/** Names the field for a story's views that were not counted for this reason. */
export const excludedField = (storyId: number, reason: string) => `x:${storyId}:${reason}`;
