import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type AuditFilter,
  auditCsv,
  auditFilter,
  auditJson,
  listActors,
  readAuditPage,
} from "../../app/pages/audit/audit-log";
import { writeAudit } from "../../app/platform/audit";
import { createTestDatabase } from "../support/services";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
const DAY = Date.UTC(2026, 2, 1);

beforeAll(async () => {
  database = await createTestDatabase();
  const event = (i: number, more: object = {}) => ({
    at: new Date(DAY + i * 60_000),
    actor: i % 2 ? "ola@example.test" : "per@example.test",
    action: i % 3 ? "sync.run" : "sync.pause",
    target: "sync",
    reason: `reason ${i}`,
    ...more,
  });
  await database.db.auditEvent.createMany({
    data: [
      ...Array.from({ length: 4500 }, (_, i) => event(i)),
      event(5000, { reason: "100% of it", before: { intervalHours: 12 }, after: { intervalHours: 6 } }),
      event(5001, { reason: '=1+1, "quoted"', after: { store: "database" } }),
    ],
  });
});
afterAll(() => database?.drop());

const filterOf = (query: string) => auditFilter(new URLSearchParams(query));
const page = (query: string, before: bigint | null = null) =>
  readAuditPage(database.db, filterOf(query), before);
/** The event behind a sentence. */
const stored = ({ raw }: { raw: string }) => JSON.parse(raw) as { actor: string; reason: string };
const reasonsOf = ({ events }: Awaited<ReturnType<typeof page>>) =>
  events.map((event) => stored(event).reason);
async function whole(parts: AsyncIterable<string>) {
  let text = "";
  for await (const part of parts) text += part;
  return text;
}

describe("the audit", () => {
  it("is append-only: the database refuses to change, delete or empty it", async () => {
    const count = await database.db.auditEvent.count();
    for (const statement of [
      `UPDATE "AuditEvent" SET actor = 'mallory'`,
      `UPDATE "AuditEvent" SET reason = NULL WHERE id = 1`,
      `DELETE FROM "AuditEvent" WHERE id = 1`,
      `DELETE FROM "AuditEvent"`,
      `TRUNCATE "AuditEvent"`,
      `TRUNCATE "AuditEvent" CASCADE`,
    ])
      await expect(database.pool.query(statement), statement).rejects.toThrow(/append-only/);
    await expect(database.db.auditEvent.deleteMany()).rejects.toThrow();
    expect(await database.db.auditEvent.count()).toBe(count);
    expect(await database.db.auditEvent.count({ where: { actor: "mallory" } })).toBe(0);
  });

  it("is written in the action's transaction: when the action fails, there is no event", async () => {
    const work = database.db.$transaction(async (tx) => {
      await writeAudit(tx, { id: 1, email: "eve@example.test" }, { action: "story.repair" });
      throw new Error("the action failed");
    });
    await expect(work).rejects.toThrow("the action failed");
    expect((await page("actor=eve@example.test")).events).toEqual([]);
  });

  it("can be filtered by actor, action, time and text", async () => {
    expect(
      (await page("actor=ola@example.test")).events.every((event) => stored(event).actor.startsWith("ola")),
    ).toBe(true);
    expect(reasonsOf(await page("action=sync.pause"))[1]).toBe("reason 4497");
    const hour = await page("from=2026-03-01T10:00&to=2026-03-01T10:03");
    expect(reasonsOf(hour)).toEqual(["reason 602", "reason 601", "reason 600"]);
    const days = await page("from=2026-03-04&to=2026-03-04");
    expect(days.events.map(({ id }) => id)).toHaveLength(50);
    expect(days.events.every(({ at }) => at.toISOString().startsWith("2026-03-04"))).toBe(true);
    expect(reasonsOf(await page("text=REASON 4321"))).toEqual(["reason 4321"]);
    expect((await page("text=intervalHours")).events).toHaveLength(1);
    expect(reasonsOf(await page("text=100%25"))).toEqual(["100% of it"]);
    expect((await page("text=' OR 1=1 --")).events).toEqual([]);
  });

  it("ignores filters that cannot be parsed", () => {
    const none: AuditFilter = {
      actor: "",
      action: "",
      kind: "",
      outcome: "",
      from: null,
      to: null,
      text: "",
    };
    expect(filterOf("from=yesterday&to=2026-99-99&actor=&text=%00")).toEqual(none);
  });

  it.each(["0000-01-01", "0001-01-01T00:00", "1969-12-31", "9999-12-31"])(
    "has no condition for %s",
    async (date) => {
      const filter = filterOf(`from=${date}&to=${date}`);
      expect([filter.from, filter.to]).toEqual([null, null]);
      expect(await whole(auditCsv(database.db, { ...filter, text: "intervalHours" }))).toContain(
        "100% of it",
      );
    },
  );

  it("is read in pages, newest first, without gaps or duplicates", async () => {
    const seen: string[] = [];
    let before: bigint | null = null;
    for (;;) {
      const { events, older } = await page("action=sync.pause", before);
      seen.push(...events.map(({ id }) => id));
      if (!older) break;
      before = BigInt(older);
    }
    const all = await database.db.auditEvent.findMany({
      where: { action: "sync.pause" },
      orderBy: { id: "desc" },
      select: { id: true },
    });
    expect(seen).toEqual(all.map(({ id }) => String(id)));
  });

  it("is exported whole, as CSV and JSON, and by the same filter", async () => {
    const count = await database.db.auditEvent.count();
    const lines = (await whole(auditCsv(database.db, filterOf("")))).trimEnd().split("\r\n");
    expect(lines).toHaveLength(count + 1);
    expect(lines[0]).toBe(
      `\uFEFF${["id", "at", "actor", "action", "target", "reason", "before", "after"].map((name) => `"${name}"`).join(",")}`,
    );
    // A formula is defused, quotes are doubled, and JSON is one cell.
    expect(lines.at(-1)).toContain(`"'=1+1, ""quoted""",,"{""store"":""database""}"`);
    const events = JSON.parse(await whole(auditJson(database.db, filterOf("")))) as { id: string }[];
    expect(events).toHaveLength(count);
    expect(new Set(events.map(({ id }) => id)).size).toBe(count);
    const filtered = JSON.parse(await whole(auditJson(database.db, filterOf("text=intervalHours"))));
    expect(filtered).toMatchObject([{ before: { intervalHours: 12 }, after: { intervalHours: 6 } }]);
    expect(JSON.parse(await whole(auditJson(database.db, filterOf("text=no such thing"))))).toEqual([]);
  });

  it("can be filtered by kind, by outcome, and by the days of a time zone", async () => {
    const at = new Date("2026-03-28T23:30:00Z");
    await database.db.auditEvent.createMany({
      data: [
        { at, actor: "user 9", action: "sync.run", after: { requested: false, why: "no worker" } },
        { at, actor: "user 9", action: "queues.clean", target: "job 1", after: { outcome: "requested" } },
        {
          at,
          actor: "user 9",
          action: "queues.clean",
          target: "job 1",
          after: { outcome: "failed", status: 500 },
        },
      ],
    });
    const sentences = async (query: string) =>
      (await page(`actor=user 9&${query}`)).events.map(({ sentence }) => sentence);
    expect(await sentences("outcome=refused")).toEqual([
      "User 9 asked for a sync, and got none (no worker).",
    ]);
    expect(await sentences("outcome=failed")).toEqual(["User 9 could not remove job 1 (status 500)."]);
    expect(await sentences("kind=queues&outcome=requested")).toEqual([
      "User 9 asked the queue board to remove job 1.",
    ]);
    expect(await sentences("outcome=done")).toEqual([]);
    // Half past eleven in London was half past midnight of the next day in Berlin, which had its shortest day then.
    expect(await sentences("from=2026-03-29&to=2026-03-29&zone=Europe/Berlin")).toHaveLength(3);
    expect(await sentences("from=2026-03-29&zone=Europe/London")).toEqual([]);
    expect(filterOf("from=2026-03-29&to=2026-03-29&zone=Europe/Berlin")).toMatchObject({
      from: new Date("2026-03-28T23:00:00Z"),
      to: new Date("2026-03-29T22:00:00Z"),
    });
    expect(filterOf("from=2026-03-29&zone=No/Where").from).toEqual(new Date("2026-03-29T00:00:00Z"));
  });
});

describe("people in the audit", () => {
  const addUser = (email: string) =>
    database.db.user.create({ data: { email, name: "Nia", role: "OPS", passwordHash: "none" } });

  it("are stored by id, and shown by name for as long as they have an account", async () => {
    const user = await addUser("nia@example.test");
    await writeAudit(database.db, user, { action: "sync.run", target: `user ${user.id}` });
    const stored = await database.db.auditEvent.findFirstOrThrow({ orderBy: { id: "desc" } });
    expect(stored).toMatchObject({ actor: `user ${user.id}`, actorId: user.id });
    for (const query of ["actor=nia@example.test", `actor=user ${user.id}`, "text=nia@example", "text=Nia"]) {
      const { events } = await page(query);
      expect(events, query).toMatchObject([{ sentence: "Nia requested a sync." }]);
      expect(JSON.stringify(events), "a page names people, and shows no address").not.toContain("@");
    }
    expect(await listActors(database.db)).toContainEqual({ value: `user ${user.id}`, label: "Nia" });
    expect(await whole(auditCsv(database.db, filterOf("actor=nia@example.test")))).toContain(
      "nia@example.test",
    );

    await database.db.user.delete({ where: { id: user.id } });
    expect((await page(`actor=user ${user.id}`)).events).toMatchObject([
      { sentence: `User ${user.id} requested a sync.` },
    ]);
    expect(await listActors(database.db)).toContainEqual({
      value: `user ${user.id}`,
      label: `user ${user.id}`,
    });
  });

  it("of versions before are converted by the owner, if they have an account, and stay readable if not", async () => {
    const user = await addUser("old@example.test");
    const write = (actor: string, actorId: number | null) =>
      database.db.auditEvent.create({ data: { actor, actorId, action: "story.repair" } });
    const rows = [
      await write("old@example.test", user.id),
      await write("old@example.test", null),
      await write("gone@example.test", 424_242),
      await write("stranger@example.test", null),
      await write("the worker", null),
    ];
    await database.db.drill.create({
      data: { startedBy: "old@example.test", endsAt: new Date(Date.now() + 60_000) },
    });
    await database.pool.query("SELECT name_people_by_id()");
    const actors = await database.db.auditEvent.findMany({
      where: { id: { in: rows.map(({ id }) => id) } },
      orderBy: { id: "asc" },
      select: { actor: true },
    });
    expect(actors.map(({ actor }) => actor)).toEqual([
      `user ${user.id}`,
      `user ${user.id}`,
      "user 424242",
      "stranger@example.test",
      "the worker",
    ]);
    expect(await database.db.drill.findFirst()).toMatchObject({ startedBy: `user ${user.id}` });
    await expect(database.pool.query(`DELETE FROM "AuditEvent"`), "the trigger is on again").rejects.toThrow(
      /append-only/,
    );
  });
});
