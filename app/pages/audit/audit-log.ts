import { csvHead, csvLine } from "~/platform/csv";
import { nameUsers } from "~/platform/people";
import { isTimeZone, startOfDay } from "~/shared/day-start";
import { lookUp } from "~/shared/look-up";
import { Prisma, type PrismaClient } from "../../../prisma/client/client";
import { fieldsOf, textOf } from "./event-fields";
import { KINDS, OUTCOMES, type Outcome } from "./kinds";
import { describeEvent } from "./sentences";

export interface AuditRow {
  id: bigint;
  at: Date;
  actor: string;
  action: string;
  target: string | null;
  reason: string | null;
  before: Prisma.JsonValue;
  after: Prisma.JsonValue;
}

/** An event with its outcome, for the page. */
export interface AuditPageRow extends AuditRow {
  outcome: Outcome;
}

/** Which events to read. Null and "" set no condition. */
export interface AuditFilter {
  /** As the event has it, "user 12"; or an e-mail address. */
  actor: string;
  action: string;
  /** A key of `KINDS`. */
  kind: string;
  outcome: Outcome | "";
  /** Events at this time or later. */
  from: Date | null;
  /** Events before this time. */
  to: Date | null;
  /** Anywhere in the event, ignoring case. */
  text: string;
}

/** Where events name people by id. */
const NAMED = ["actor", "target"] as const;
const PAGE_ROWS = 50;
const EXPORT_ROWS = 2000;

/**
 * Reads a filter from an address. Invalid values set no condition; a `to` without a time includes that day. Days are those of the time zone
 * `zone`, UTC if it is left out or unknown.
 */
export function auditFilter(query: URLSearchParams): AuditFilter {
  const text = (name: string) => (query.get(name) ?? "").replaceAll("\0", "").trim().slice(0, 200);
  const zone = isTimeZone(text("zone")) ? text("zone") : "UTC";
  const kind = text("kind");
  const outcome = OUTCOMES.find((known) => known === text("outcome")) ?? "";
  const to = parseTime(text("to"), zone);
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text("to"));
  return {
    actor: text("actor"),
    action: text("action"),
    kind: lookUp(KINDS, kind) ? kind : "",
    outcome,
    from: parseTime(text("from"), zone),
    to: to && isDay ? new Date(startOfDay(dayAfter(text("to")), zone)) : to,
    text: text("text"),
  };
}

const dayAfter = (day: string) => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);

/**
 * "2026-01-31", a day of the zone, or "2026-01-31T14:00", in UTC; years outside 1970 to 8999 are refused, as Postgres has no year 0.
 */
function parseTime(text: string, zone: string): Date | null {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z?)?$/.test(text)) return null;
  const at = new Date(text.includes("T") && !text.endsWith("Z") ? `${text}Z` : text);
  const year = at.getUTCFullYear();
  if (!(year >= 1970 && year < 9000)) return null;
  return text.includes("T") ? at : new Date(startOfDay(text, zone));
}

/** A pattern for LIKE in which % and _ stand for themselves. */
const containing = (text: string) => `%${text.replace(/[\\%_]/g, "\\$&")}%`;

/** How an event ended, in SQL. */
const OUTCOME = Prisma.sql`CASE WHEN after->>'requested' = 'false' THEN 'refused'
  WHEN after->>'outcome' = 'failed' OR after->>'outcome' LIKE 'unknown%' THEN 'failed'
  WHEN after->>'outcome' = 'requested' THEN 'requested' ELSE 'done' END`;

function conditions({ actor, action, kind, outcome, from, to, text }: AuditFilter): Prisma.Sql[] {
  return [
    actor &&
      Prisma.sql`(actor = ${actor} OR "actorId" = (SELECT u.id FROM "User" u WHERE u.email = lower(${actor})))`,
    action && Prisma.sql`action = ${action}`,
    kind && Prisma.sql`split_part(action, '.', 1) = ANY(${[...(lookUp(KINDS, kind)?.areas ?? [])]})`,
    outcome && Prisma.sql`${OUTCOME} = ${outcome}`,
    from && Prisma.sql`at >= ${from}`,
    to && Prisma.sql`at < ${to}`,
    text &&
      Prisma.sql`concat_ws(' ', actor, (SELECT concat_ws(' ', u.name, u.email) FROM "User" u WHERE u.id = "actorId"), action, target, reason, before::text, after::text) ILIKE ${containing(text)}`,
  ].filter((condition) => condition instanceof Prisma.Sql);
}

const select = (where: Prisma.Sql[], order: Prisma.Sql, limit: number, more = Prisma.empty) =>
  Prisma.sql`SELECT id, at, actor, action, target, reason, before, after${more} FROM "AuditEvent"
    WHERE ${Prisma.join([Prisma.sql`true`, ...where], " AND ")} ORDER BY id ${order} LIMIT ${limit}`;

/** A page of events older than the event `before`, newest first, with the id to continue from; null at the end. */
export async function readAuditPage(
  db: PrismaClient,
  filter: AuditFilter,
  before: bigint | null,
  now = new Date(),
) {
  const where = conditions(filter);
  if (before !== null) where.push(Prisma.sql`id < ${before}`);
  const rows = await db.$queryRaw<AuditPageRow[]>(
    select(where, Prisma.sql`DESC`, PAGE_ROWS + 1, Prisma.sql`, ${OUTCOME} AS outcome`),
  );
  const shown = rows.slice(0, PAGE_ROWS);
  const takers = shown.map((row) => ({ ...row, taker: textOf(fieldsOf(row.after), "acknowledgedBy") }));
  const named = (await nameUsers(db, takers, [...NAMED, "taker"], "name")).map(({ taker, ...row }) => ({
    ...row,
    after: taker ? { ...fieldsOf(row.after), acknowledgedBy: taker } : row.after,
  }));
  const events = named.map(({ at, outcome, ...event }, place) => ({
    id: String(event.id),
    at,
    outcome,
    sentence: describeEvent(event, now),
    raw: rawText(shown[place] as AuditRow),
  }));
  return { events, older: rows.length > PAGE_ROWS ? (events.at(-1)?.id ?? null) : null };
}

/** The event as it is stored, as JSON for reading. */
const rawText = ({ id, at, actor, action, target, reason, before, after }: AuditRow) =>
  JSON.stringify({ id: String(id), at, actor, action, target, reason, before, after }, null, 2);

/** Everyone who did something, by name, for the filter's list. Two people with one name are told apart by their numbers. */
export async function listActors(db: PrismaClient) {
  // From one name to the next by the index: the log has many events, and few people.
  const actors = await db.$queryRaw<{ actor: string }[]>`
    WITH RECURSIVE names AS (
      (SELECT actor FROM "AuditEvent" ORDER BY actor LIMIT 1)
      UNION ALL
      SELECT (SELECT e.actor FROM "AuditEvent" e WHERE e.actor > names.actor ORDER BY e.actor LIMIT 1)
      FROM names WHERE names.actor IS NOT NULL
    ) SELECT actor FROM names WHERE actor IS NOT NULL`;
  const named = await nameUsers(db, actors, ["actor"], "name");
  const labels = named.map(({ actor }) => actor);
  return actors
    .map(({ actor }, place) => {
      const name = labels[place] ?? actor;
      const isShared = labels.filter((label) => label === name).length > 1;
      return { value: actor, label: isShared && name !== actor ? `${name} (${actor})` : name };
    })
    .sort((one, other) => one.label.localeCompare(other.label, "en-GB"));
}

/** Every event that matches, oldest first, with one page in memory at a time. */
async function* allEvents(db: PrismaClient, filter: AuditFilter): AsyncGenerator<AuditRow[]> {
  let after = 0n;
  for (;;) {
    const where = [...conditions(filter), Prisma.sql`id > ${after}`];
    const rows = await db.$queryRaw<AuditRow[]>(select(where, Prisma.sql`ASC`, EXPORT_ROWS));
    const last = rows.at(-1);
    if (!last) return;
    yield await nameUsers(db, rows, NAMED);
    if (rows.length < EXPORT_ROWS) return;
    after = last.id;
  }
}

/** The matching events as CSV (RFC 4180), with before and after as JSON. */
export async function* auditCsv(db: PrismaClient, filter: AuditFilter): AsyncGenerator<string> {
  yield csvHead(["id", "at", "actor", "action", "target", "reason", "before", "after"]);
  for await (const rows of allEvents(db, filter))
    yield rows
      .map(({ id, at, actor, action, target, reason, before, after }) =>
        csvLine([id, at, actor, action, target, reason, jsonText(before), jsonText(after)]),
      )
      .join("");
}

/** The matching events as one JSON array, streamed. */
export async function* auditJson(db: PrismaClient, filter: AuditFilter): AsyncGenerator<string> {
  let separator = "[\n";
  for await (const rows of allEvents(db, filter)) {
    yield separator + rows.map((row) => JSON.stringify({ ...row, id: String(row.id) })).join(",\n");
    separator = ",\n";
  }
  yield separator === "[\n" ? "[]\n" : "\n]\n";
}

const jsonText = (value: Prisma.JsonValue) => (value === null ? null : JSON.stringify(value));
