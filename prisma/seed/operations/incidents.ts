import type { ClientBase } from "pg";
import { RULE_TYPES } from "../../../app/alerts/rule-types/all-rules";
import { insertRows } from "../insert";
import { processName } from "./samples";
import type { Span, Timeline } from "./timeline";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** The alert of each incident, by id, for the audit. */
export interface Alerts {
  freeze: number;
  guesses: number;
}

/** Creates a row, with the defaults, for each rule type: alerts belong to them. */
export const insertRules = (client: ClientBase) =>
  client.query(
    `INSERT INTO "AlertRule" (kind, threshold, "windowSeconds", "forSeconds", "keepFiringSeconds")
     SELECT * FROM unnest($1::text[], $2::float8[], $3::int[], $4::int[], $5::int[]) ON CONFLICT (kind) DO NOTHING`,
    [
      RULE_TYPES.map(({ kind }) => kind),
      RULE_TYPES.map(({ defaults }) => defaults.threshold),
      RULE_TYPES.map(({ defaults }) => defaults.windowSeconds),
      RULE_TYPES.map(({ defaults }) => defaults.forSeconds),
      RULE_TYPES.map(({ defaults }) => defaults.keepFiringSeconds),
    ],
  );

/** What people wrote when they took an alert. */
export const NOTES = {
  freeze: "a backup of the machine stopped Redis for three minutes; it answers again",
  guesses: "a script tries old passwords; the limits hold, nobody got in",
};

/** Writes the resolved alerts of the freeze, the guessed passwords and the drills, and the drills with what they proved. */
export async function insertIncidents(
  client: ClientBase,
  { freeze, drills, guesses, lives }: Timeline,
  { operator, viewsIn }: { operator: string; viewsIn: (span: Span) => number },
): Promise<Alerts> {
  await insertRules(client);
  for (const [index, drill] of drills.entries()) await insertDrill(client, index + 1, drill);
  const freezeAlert = await insertAlert(client, "fallback-share", freeze, NOTES.freeze);
  const guessesAlert = await insertAlert(client, "failed-log-ins", guesses, NOTES.guesses);
  await insertRows(
    client,
    "LogInFailure",
    [
      { name: "at", type: "ms", of: ({ at }) => at },
      { name: "failures", type: "int", of: ({ failures }) => failures },
    ],
    [17, 24, 16].map((failures, minute) => ({ at: guesses.from + minute * MINUTE, failures })),
  );
  return { freeze: freezeAlert, guesses: guessesAlert };

  /** The alert fires after the rule's delay and resolves once the last minutes are good again. */
  async function insertAlert(on: ClientBase, rule: string, span: Span, note: string | null): Promise<number> {
    const { threshold = 0, forSeconds = 0 } = RULE_TYPES.find(({ kind }) => kind === rule)?.defaults ?? {};
    const pendingAt = span.from + 21 * SECOND;
    const firedAt = pendingAt + Math.max(15, forSeconds) * SECOND;
    const breachedAt = span.to + 4 * MINUTE + 40 * SECOND;
    const share = rule === "fallback-share";
    const { rows } = await on.query<{ id: number }>(
      `INSERT INTO "Alert" (rule, phase, "pendingAt", "firedAt", "badAt", "resolvedAt", value, threshold, says, "acknowledgedAt",
         "acknowledgedBy", note)
       VALUES ($1, 'resolved', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id`,
      [
        rule,
        new Date(pendingAt),
        new Date(firedAt),
        new Date(breachedAt),
        new Date(breachedAt + 5 * MINUTE),
        share ? 0.058 : 57,
        threshold,
        share
          ? "5.8 % of the views in the last 5 minutes were not counted in Redis; the limit is 5 %."
          : "57 log-ins failed in the last 10 minutes, for a wrong password or code; the limit is 50.",
        note && new Date(firedAt + 95 * SECOND),
        note && operator,
        note,
      ],
    );
    return rows[0]?.id ?? 0;
  }

  async function insertDrill(on: ClientBase, id: number, drill: Span) {
    const alertId = await insertAlert(on, "fallback-share", drill, null);
    const views = viewsIn(drill);
    await on.query(
      `INSERT INTO "Drill" ("startedAt", "endsAt", "endedAt", "startedBy", expected, "alertId", "alertFiredAt", "alertResolvedAt",
         "fallbackViews", "reconciledAt")
       SELECT $1, $2, $2, $3, 2, a.id, a."firedAt", a."resolvedAt", $4, $5 FROM "Alert" a WHERE a.id = $6`,
      [
        new Date(drill.from),
        new Date(drill.to),
        operator,
        views,
        views > 0 ? new Date(drill.to + 38 * SECOND) : null,
        alertId,
      ],
    );
    const life = lives.findIndex(({ from, to }) => drill.from >= from && drill.from < to);
    for (const [place, role] of (["web", "worker"] as const).entries())
      await on.query(
        `INSERT INTO "DrillProcess" ("drillId", process, role, "heldAt", "recoveredAt") VALUES ($1, $2, $3, $4, $5)`,
        [
          id,
          processName(role, life),
          role,
          new Date(drill.from + 310 + 420 * place),
          new Date(drill.to + 540 + 380 * place),
        ],
      );
  }
}
