import { firingSentence } from "~/alerts/firing";
import { findRuleType } from "~/alerts/rule-types";
import { ensureRules } from "~/alerts/rules";
import { isSilenced, stateOf } from "~/alerts/state";
import { formatCount } from "~/shared/format";
import type { PrismaClient } from "../../../prisma/client/client";

const RESOLVED_SHOWN = 30;
const DELIVERIES_SHOWN = 40;
/** Rules that nobody evaluated for longer than this, s, are old news. */
const STALE_SECONDS = 60;

/** The alerts that are open, what needs somebody first, and those that are over, newest first. */
export async function readAlerts(db: PrismaClient, now: Date) {
  const rows = await Promise.all([
    db.alert.findMany({ where: { resolvedAt: null }, include: { of: true } }),
    db.alert.findMany({
      where: { resolvedAt: { not: null } },
      orderBy: { resolvedAt: "desc" },
      take: RESOLVED_SHOWN,
      include: { of: true },
    }),
  ]);
  const [open, resolved] = rows.map((some) =>
    some.map(({ of, ...alert }) => {
      const kind = findRuleType(alert.rule);
      return {
        ...alert,
        state: stateOf(alert, of, now),
        title: kind?.title ?? alert.rule,
        runbook: kind?.runbook ?? "",
        silencedUntil: of.silencedUntil,
        silenceReason: of.silenceReason,
      };
    }),
  );
  const order = ["firing", "pending", "snoozed", "silenced", "acknowledged"];
  return {
    open: (open ?? []).sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state)),
    resolved: resolved ?? [],
  };
}

/** Every rule with its numbers and what the last round saw of it; and the round itself. */
export async function readRules(db: PrismaClient, now: Date) {
  // A page may be opened before the first round.
  await ensureRules(db);
  const [rows, round] = await Promise.all([
    db.alertRule.findMany({ include: { check: true } }),
    db.alertRound.findUnique({ where: { id: 1 } }),
  ]);
  const rules = rows.flatMap(({ check, ...rule }) => {
    const kind = findRuleType(rule.kind);
    if (!kind) return [];
    const { title, runbook, unit, threshold, looksBack } = kind;
    return [
      {
        ...rule,
        title,
        runbook,
        unit,
        asks: threshold,
        looksBack,
        check,
        silenced: isSilenced(rule, now),
      },
    ];
  });
  const stale = !round || now.getTime() - round.at.getTime() > STALE_SECONDS * 1000;
  return { rules: rules.sort((a, b) => a.title.localeCompare(b.title)), round, stale };
}

/** The channels in use, without addresses and secrets, and what was last sent to any. */
export async function readChannels(db: PrismaClient) {
  const [channels, deliveries] = await Promise.all([
    db.alertChannel.findMany({
      where: { removedAt: null },
      orderBy: { id: "asc" },
      select: { id: true, name: true, kind: true, host: true, createdAt: true, createdBy: true },
    }),
    db.delivery.findMany({
      orderBy: { id: "desc" },
      take: DELIVERIES_SHOWN,
      select: {
        id: true,
        event: true,
        createdAt: true,
        nextAt: true,
        attempts: true,
        deliveredAt: true,
        givenUpAt: true,
        givenUpBy: true,
        channel: { select: { name: true } },
        alert: { select: { rule: true } },
        log: { orderBy: { id: "desc" }, take: 1, select: { status: true, ms: true, error: true } },
      },
    }),
  ]);
  return {
    channels,
    deliveries: deliveries.map(({ id, channel, alert, log, ...delivery }) => ({
      ...delivery,
      id: String(id),
      channel: channel.name,
      title: alert ? (findRuleType(alert.rule)?.title ?? alert.rule) : "A test",
      last: log[0] ?? null,
    })),
  };
}

/** The page's headline: what fires, and what nobody can see. Missing data is never passed over. */
export function alertsHeadline(
  open: { state: string }[],
  rules: { rules: { enabled: boolean; check: { phase: string } | null }[]; stale: boolean },
): { tone: "calm" | "notice" | "alarm"; text: string; details: string[] } {
  const firing = open.filter((alert) => alert.state !== "pending");
  const urgent = firing.filter((alert) => alert.state === "firing").length;
  const pending = open.length - firing.length;
  const blind = rules.rules.filter((rule) => rule.enabled && rule.check?.phase === "no-data").length;
  const off = rules.rules.filter((rule) => !rule.enabled).length;
  const details = [
    ...(rules.stale
      ? ["The rules have not been evaluated for a minute: what stands here may be over, or worse."]
      : []),
    ...(pending ? [`${formatCount(pending, "rule is", "rules are")} bad and may fire soon.`] : []),
    ...(blind
      ? [`${formatCount(blind, "rule has", "rules have")} no data, which is not the same as fine.`]
      : []),
    ...(off ? [`${formatCount(off, "rule is", "rules are")} switched off.`] : []),
  ];
  return {
    tone: urgent ? "alarm" : rules.stale || firing.length || pending ? "notice" : "calm",
    text: firingSentence(firing.map(({ state }) => ({ needsSomebody: state === "firing" }))),
    details,
  };
}
