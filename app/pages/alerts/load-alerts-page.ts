import type { LoaderFunctionArgs } from "@remix-run/node";
import { openPage } from "~/console/open-page";
import { alertsStatus } from "./alerts-status";
import { readAlerts } from "./read-alerts";
import { readChannels } from "./read-channels";
import { readHeartbeat } from "./read-heartbeat";
import { readRules } from "./rules/read-rules";

/** Everything on the alerts page, as of one moment. */
export async function loadAlertsPage(args: LoaderFunctionArgs) {
  const { runtime, db, now, query, panel } = await openPage(args, "alerts.view");
  const [alerts, rules, channels, heartbeat] = await Promise.all([
    panel("The list of alerts", readAlerts(db, now)),
    panel("The list of rules", readRules(db, now)),
    panel("The list of channels", readChannels(db)),
    panel("The heartbeat", readHeartbeat(db, runtime.env)),
  ]);
  const status =
    alerts.ok && rules.ok
      ? alertsStatus({
          open: alerts.data.open,
          rules: rules.data.groups.flatMap((group) => group.rules),
          evaluation: rules.data.evaluation,
          now,
        })
      : null;
  return { now, alerts, rules, channels, heartbeat, status, newChannel: query.get("channel") };
}
