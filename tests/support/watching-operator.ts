import { get, type IncomingMessage } from "node:http";
import type { SerializeFrom } from "@remix-run/node";
import type { LiveMessage } from "../../app/pages/overview/live/live-message";
import { titleIn } from "../../app/pages/overview/outside/state-words";
import { overallStatus } from "../../app/pages/overview/overall-status";
import type { Loaded } from "../../app/pages/overview/read-overview";
import { UTC } from "../../app/ui/time/zone";

type Panels = Partial<SerializeFrom<Loaded>>;

/** The data of a panel that could be read. */
const dataOf = <Data>(panel: { ok: true; data: Data } | { ok: false } | undefined): Data | null =>
  panel?.ok ? panel.data : null;

/**
 * An operator who leaves the overview open: follows the live stream as the page does, and says what its headline and its tab's title
 * would be, by the page's own functions.
 */
export async function watchOverview(origin: string, cookie: string) {
  const panels: Panels = {};
  /** Every headline and every title that was shown, in order, without repeats. */
  const headlines: string[] = [];
  const titles: string[] = [];
  const note = (list: string[], text: string) => {
    if (list.at(-1) !== text) list.push(text);
  };

  const headline = () => {
    const counting = dataOf(panels.current)?.status ?? null;
    const alerts = dataOf(panels.alerts)?.alerts ?? null;
    return overallStatus({ counting, alerts, drift: dataOf(panels.ledger)?.ledger?.drift ?? 0 }).headline;
  };
  const title = () => {
    const state = dataOf(panels.state);
    return state ? titleIn(state, "Operations · Tidemark", UTC, new Date()) : "";
  };

  const address = `${origin}/admin/live?range=1h&also=${encodeURIComponent("range=state")}`;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(address, { headers: { Cookie: cookie, Accept: "text/event-stream" } }, resolve).on("error", reject);
  });
  if (response.statusCode !== 200) throw new Error(`the live stream answers ${response.statusCode}`);
  let unread = "";
  response.setEncoding("utf8");
  response.on("error", () => undefined);
  response.on("data", (part: string) => {
    const events = (unread + part).split("\n\n");
    unread = events.pop() ?? "";
    for (const event of events) {
      const json = /^data: (.*)$/m.exec(event)?.[1];
      if (!json) continue;
      Object.assign(panels, (JSON.parse(json) as LiveMessage).panels);
      // The page shows its status once it has all of it.
      if (panels.current && panels.alerts && panels.ledger) note(headlines, headline());
      if (panels.state) note(titles, title());
    }
  });

  return {
    headline: () => headlines.at(-1) ?? "",
    title: () => titles.at(-1) ?? "",
    headlines,
    titles,
    /** The alerts of a rule that the page lists. */
    alerts: (rule: string) => dataOf(panels.alerts)?.alerts.filter((alert) => alert.rule === rule) ?? [],
    /** False once the page would have had to connect again. */
    connected: () => !response.complete && !response.destroyed,
    leave: () => void response.destroy(),
  };
}
