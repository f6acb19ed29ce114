import { loadPanel } from "~/shared/panel";
import type { PrismaClient } from "../../../prisma/client/client";
import { alertsStatus } from "./alerts-status";
import { readAlerts } from "./read-alerts";
import { readChannels } from "./read-channels";
import { readRules } from "./read-rules";

/** Everything that the page Alerts shows. A panel that cannot be read goes to `onError`, and the others are still shown. */
export async function loadAlertsPage(
  db: PrismaClient,
  now: Date,
  onError: (what: string, error: unknown) => void,
) {
  const [alerts, rules, channels] = await Promise.all([
    loadPanel("The list of alerts", readAlerts(db, now), onError),
    loadPanel("The list of rules", readRules(db, now), onError),
    loadPanel("The list of channels", readChannels(db), onError),
  ]);
  const status = alerts.ok && rules.ok ? alertsStatus(alerts.data.open, rules.data) : null;
  return { now, alerts, rules, channels, status };
}
