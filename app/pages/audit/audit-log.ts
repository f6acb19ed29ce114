import { csvHead, csvLine } from "~/platform/csv";
import { nameUsers } from "~/platform/people";
import { Prisma, type PrismaClient } from "../../../prisma/client/client";

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

/** Which events to read. Null and "" set no condition. */
export interface AuditFilter {
  actor: string;
  action: string;
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

/** Reads a filter from an address. Invalid values set no condition; a `to` without a time includes that day. */
export function auditFilter(query: URLSearchParams): AuditFilter {
  const text = (name: string) => (query.get(name) ?? "").replaceAll("\0", "").trim().slice(0, 200);
  const to = parseUtc(text("to"));
  return {
    actor: text("actor"),
    action: text("action"),
    from: parseUtc(text("from")),
    to: to && /^\d{4}-\d\d-\d\d$/.test(text("to")) ? new Date(to.getTime() + 86_400_000) : to,
    text: text("text"),
  };
}

/** "2026-01-31" or "2026-01-31T14:00", in UTC; years outside 1970 to 8999 are refused, as Postgres has no year 0. */
function parseUtc(text: string): Date | null {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z?)?$/.test(text)) return null;
  const at = new Date(text.includes("T") && !text.endsWith("Z") ? `${text}Z` : text);
  const year = at.getUTCFullYear();
  return year >= 1970 && year < 9000 ? at : null;
}

/** A pattern for LIKE in which % and _ stand for themselves. */
const containing = (text: string) => `%${text.replace(/[\\%_]/g, "\\$&")}%`;

function conditions({ actor, action, from, to, text }: AuditFilter): Prisma.Sql[] {
  return [
    actor &&
      Prisma.sql`(actor = ${actor} OR "actorId" = (SELECT u.id FROM "User" u WHERE u.email = lower(${actor})))`,
    action && Prisma.sql`action = ${action}`,
    from && Prisma.sql`at >= ${from}`,
    to && Prisma.sql`at < ${to}`,
    text &&
      Prisma.sql`concat_ws(' ', actor, (SELECT u.email FROM "User" u WHERE u.id = "actorId"), action, target, reason, before::text, after::text) ILIKE ${containing(text)}`,
  ].filter((condition) => condition instanceof Prisma.Sql);
}

const select = (where: Prisma.Sql[], order: Prisma.Sql, limit: number) =>
  Prisma.sql`SELECT id, at, actor, action, target, reason, before, after FROM "AuditEvent"
    WHERE ${Prisma.join([Prisma.sql`true`, ...where], " AND ")} ORDER BY id ${order} LIMIT ${limit}`;

/** A page of events older than the event `before`, newest first, with the id to continue from; null at the end. */
export async function readAuditPage(db: PrismaClient, filter: AuditFilter, before: bigint | null) {
  const where = conditions(filter);
  if (before !== null) where.push(Prisma.sql`id < ${before}`);
  const rows = await db.$queryRaw<AuditRow[]>(select(where, Prisma.sql`DESC`, PAGE_ROWS + 1));
  const events = (await nameUsers(db, rows.slice(0, PAGE_ROWS), NAMED)).map((row) => ({
    ...row,
    id: String(row.id),
  }));
  return { events, older: rows.length > PAGE_ROWS ? (events.at(-1)?.id ?? null) : null };
}

/** Every actor and action in the log, for the filter's lists. */
export async function listAuditNames(db: PrismaClient) {
  const [actors, actions] = await Promise.all([
    db.auditEvent.findMany({ distinct: ["actor"], select: { actor: true }, orderBy: { actor: "asc" } }),
    db.auditEvent.findMany({ distinct: ["action"], select: { action: true }, orderBy: { action: "asc" } }),
  ]);
  const named = await nameUsers(db, actors, ["actor"]);
  return {
    actors: [...new Set(named.map(({ actor }) => actor))].sort(),
    actions: actions.map(({ action }) => action),
  };
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
