import { formatCount, formatTime } from "~/shared/format";
import { MODE_LABELS, TONE_LABELS } from "~/shared/labels";
import { lookUp } from "~/shared/look-up";
import type { Tone } from "~/shared/status";
import { formatTimeIn, type Zone } from "~/ui/time/zone";
import type { KnownState } from "./use-site-state";

/** The shapes of the tones, as text. */
const SIGNS: Record<Tone, string> = { calm: "", notice: "◆ ", alarm: "▲ " };

/** "Database since 00:27", where views are not counted as usual; null where they are. */
function modeWords({ mode, since, usesRedis }: KnownState, zone: Zone, now: Date): string | null {
  if (mode === "redis" || (mode === "database" && !usesRedis)) return null;
  const name = lookUp<string>(MODE_LABELS, mode) ?? mode;
  if (since === null) return name;
  const at = new Date(since);
  // A title has no room for the zone, which is the viewer's.
  const time = formatTimeIn(zone, at, { now }).replace(` ${zone.nameAt(at.getTime())}`, "");
  return `${name} since ${time}`;
}

/** The title of a page that is called `page` ("Sync · Tidemark"), in this state: "(1) ▲ Database since 00:27 · Tidemark". */
export function titleIn(state: KnownState, page: string, zone: Zone, now: Date): string {
  const counted = state.firing > 0 ? `(${state.firing}) ` : "";
  const mode = modeWords(state, zone, now);
  const name = page.replace(/^Operations · /, "");
  return counted + SIGNS[state.tone] + (mode === null ? page : `${mode} · ${name}`);
}

/** What a screen reader says when the tone or the mode has changed. */
export function announcement(state: KnownState, zone: Zone, now: Date): string {
  const open = state.open.length;
  return [
    `${TONE_LABELS[state.tone]}.`,
    `${modeWords(state, zone, now) ?? "Counting as usual"}.`,
    ...(open > 0 ? [`${formatCount(open, "alert")} ${open === 1 ? "needs" : "need"} attention.`] : []),
  ].join(" ");
}

/** Something that an operator wants to be told. */
export interface News {
  /** The same news in every window. */
  key: string;
  title: string;
  body: string;
}

const RANK: Record<Tone, number> = { calm: 0, notice: 1, alarm: 2 };

/** What has happened between two states: alerts that fired, views that are counted elsewhere, or all is well again. Null for the rest. */
export function newsBetween(before: KnownState, after: KnownState, zone: Zone, now: Date): News | null {
  const known = new Set(before.open.map(({ id }) => id));
  const fired = after.open.filter(({ id }) => !known.has(id));
  const first = fired[0];
  if (first)
    return {
      key: `fired ${fired.map(({ id }) => id).join(" ")}`,
      title: fired.length === 1 ? "An alert is firing" : `${fired.length} alerts are firing`,
      body: first.message,
    };
  const key = `${after.tone} ${after.mode} ${after.since} ${after.firing}`;
  if (RANK[after.tone] > RANK[before.tone])
    return { key, title: TONE_LABELS[after.tone], body: modeWords(after, zone, now) ?? "See the overview." };
  if (after.tone === "calm" && before.tone !== "calm")
    return {
      key: `${key} ${formatTime(now)}`,
      title: "Back to normal",
      body: "Nothing needs attention any more.",
    };
  return null;
}
