import type { SerializeFrom } from "@remix-run/node";
import type { Loaded, PanelKey } from "../read-overview";

/** What an open overview receives: the panels that have changed, as the loader would give them. */
export interface LiveMessage {
  /** When they were read, ISO. */
  now: string;
  panels: Partial<SerializeFrom<Loaded>>;
}

/**
 * The text of a server-sent event. Its id, which is `readAt` (Unix ms), comes back from a browser that opens the stream again. Panels
 * are given as JSON, because each is made into text once, however many receive it.
 */
export const formatEvent = (readAt: number, panels: readonly (readonly [PanelKey, string])[]): string =>
  `id: ${readAt}\ndata: {"now":"${new Date(readAt).toISOString()}","panels":{${panels
    .map(([key, json]) => `"${key}":${json}`)
    .join(",")}}}\n\n`;
