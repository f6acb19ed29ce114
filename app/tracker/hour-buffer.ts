import type { Target } from "./view";

/** A Redis buffer of counted views: one hour of one shard. Its marks in Postgres carry its birth id. */
export interface HourBuffer {
  /** Hours since 1970. */
  hour: number;
  /** Id given to the buffer when it was created; empty when the hour is listed but its buffer is gone. */
  birth: string;
  /** Field (`s7`, `c40`, `r:7:host`, `d:7:mobile`, `x:7:robot`) → cumulative count. */
  counts: Map<string, number>;
}

/** One shard of Redis at one instant. */
export interface Snapshot {
  /** Redis's clock, Unix ms. */
  at: number;
  /** Id under which `accepted` counts; it changes when Redis loses everything. Empty before the first view. */
  ledger: string;
  accepted: number;
  /** Where this id's count starts: 0, or what Redis still had when it came back older and the ledger was renamed. */
  base: number;
  buffers: HourBuffer[];
}

/** The result of moving one buffer to Postgres. */
export interface Moved {
  /** Counters that moved, and the views they moved by (side counters not included). */
  targets: number;
  views: number;
  /** Counters whose story or chapter was deleted: kept in ViewHour, but in no `readCount`. */
  orphans: number;
  /** Views by which marks exceed the buffer, because Redis came back older than it was. */
  behind: number;
}

/** A buffer's field, parsed. */
export type ParsedField =
  | { type: "views"; kind: "story" | "chapter"; id: number }
  | { type: "detail"; storyId: number; dimension: "referrer" | "device" | "excluded"; value: string };

const dimensions = { r: "referrer", d: "device", x: "excluded" } as const;

/** Parses a buffer's field name; null for one that this version does not know. */
export function parseField(field: string): ParsedField | null {
  const views = /^([sc])(\d+)$/.exec(field);
  if (views) return { type: "views", kind: views[1] === "s" ? "story" : "chapter", id: Number(views[2]) };
  const detail = /^([rdx]):(\d+):(.+)$/s.exec(field);
  if (!detail) return null;
  const dimension = dimensions[detail[1] as keyof typeof dimensions];
  return { type: "detail", storyId: Number(detail[2]), dimension, value: detail[3] as string };
}

/** Names the field of a target's views. Viewers' keys start with it too. */
export const fieldOf = (target: Target) => `${target.kind === "story" ? "s" : "c"}${target.id}`;

/** Names the field for a story's views that were not counted for this reason. */
export const excludedField = (storyId: number, reason: string) => `x:${storyId}:${reason}`;
