/** One Redis buffer of counted views: an hour of one shard, under the birth id that its marks in Postgres carry. */
export interface HourBuffer {
  /** Hours since 1970. */
  hour: number;
  /** Empty when the hour is listed but its buffer is gone. */
  birth: string;
  /** Field (`s7`, `c40`, `r:7:host`, `d:7:mobile`, `x:7:robot`) → cumulative count. */
  counts: Map<string, number>;
}

/** What one shard of Redis holds at one instant. */
export interface Snapshot {
  /** Redis's clock, Unix ms. */
  at: number;
  /** Id under which `accepted` counts; a new one after Redis lost everything. Empty when nothing was ever counted. */
  ledger: string;
  accepted: number;
  /** Where this id's count began: 0, or what Redis still had when it came back older and the ledger was renamed. */
  base: number;
  buffers: HourBuffer[];
}

/** What carrying one buffer into Postgres did. */
export interface Moved {
  /** Counters that moved, and the views they moved by (side counters not included). */
  targets: number;
  views: number;
  /** Counters whose story or chapter is gone: kept in ViewHour, in no `readCount`. */
  orphans: number;
  /** Views by which marks exceed the buffer: Redis came back older than it was. */
  behind: number;
}

export type ParsedField =
  | { type: "views"; kind: "story" | "chapter"; id: number }
  | { type: "detail"; storyId: number; dimension: "referrer" | "device" | "excluded"; value: string };

const dimensions = { r: "referrer", d: "device", x: "excluded" } as const;

/** Reads a buffer's field name; null for one that this version does not know. */
export function parseField(field: string): ParsedField | null {
  const views = /^([sc])(\d+)$/.exec(field);
  if (views) return { type: "views", kind: views[1] === "s" ? "story" : "chapter", id: Number(views[2]) };
  const detail = /^([rdx]):(\d+):(.+)$/s.exec(field);
  if (!detail) return null;
  const dimension = dimensions[detail[1] as keyof typeof dimensions];
  return { type: "detail", storyId: Number(detail[2]), dimension, value: detail[3] as string };
}

export const excludedField = (storyId: number, reason: string) => `x:${storyId}:${reason}`;
