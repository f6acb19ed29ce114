import { createServer, get, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import compression from "compression";
import express from "express";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Runtime } from "../../app/runtime/create-runtime";
import { liveStream } from "../../server/live-stream";
import { type OwnRedis, startOwnRedis } from "../support/own-redis";
import { createTestRuntime, scratchDirectory } from "../support/runtime";
import { createTestDatabase } from "../support/services";
import { until } from "../support/until";

const CHECK_MS = 200;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let redis: OwnRedis;
let runtime: Runtime;
let server: Server;
let origin: string;
let cookies: Record<"OPS" | "EDITOR" | "READER", string>;
const journal = scratchDirectory("live");

beforeAll(async () => {
  [database, redis] = await Promise.all([createTestDatabase(), startOwnRedis()]);
  runtime = await createTestRuntime({
    DATABASE_URL: database.url,
    JOURNAL_DIR: journal.dir,
    REDIS_URL: redis.url,
    VIEW_REDIS_TIMEOUT_MS: "1000",
  });
  const cookieOf = async (role: "OPS" | "EDITOR" | "READER") => {
    const user = await database.db.user.create({
      data: { email: `${role}@x.example`, name: role, role, passwordHash: "" },
    });
    const session = await runtime.sessions.storage.getSession();
    session.set("userId", user.id);
    return (await runtime.sessions.storage.commitSession(session)).split(";")[0] ?? "";
  };
  cookies = {
    OPS: await cookieOf("OPS"),
    EDITOR: await cookieOf("EDITOR"),
    READER: await cookieOf("READER"),
  };
  const app = express();
  // As in the site: compression comes first, and must let each message through at once.
  app.use(compression());
  app.use(liveStream(runtime, { checkMs: CHECK_MS }));
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  runtime.changes.close();
  server.close();
  await runtime.close();
  await redis.remove();
  await database.drop();
  journal.remove();
});

/** Counts the readings of the overview by their statement for the list of processes. Prisma's statements go to this pool. */
function countReadings() {
  const query = vi.spyOn(runtime.pools.pages, "query");
  const isReading = ([statement]: unknown[]) =>
    /Alert.{1,6}firedAt.{1,4}DESC/.test(JSON.stringify(statement));
  return {
    count: () => query.mock.calls.filter(isReading).length,
    stop: () => query.mockRestore(),
  };
}

beforeEach(() => until("it counts in Redis", () => runtime.mode().mode === "redis"));

interface Stream {
  response: IncomingMessage;
  /** Everything that has arrived so far. */
  text(): string;
  leave(): void;
}

/** Of this test; a failed one must not leave streams to the next. */
let opened: Stream[] = [];
afterEach(() => {
  for (const stream of opened) stream.leave();
  opened = [];
});

/** Opens the stream as a browser does, gzip and all. */
const open = (cookie?: string, query = "range=1h"): Promise<Stream> =>
  new Promise((resolve, reject) => {
    const headers = {
      "Accept-Encoding": "gzip",
      Accept: "text/event-stream",
      ...(cookie && { Cookie: cookie }),
    };
    const request = get(`${origin}/admin/live?${query}`, { headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
      });
      response.on("error", () => undefined);
      const stream = { response, text: () => text, leave: () => request.destroy() };
      opened.push(stream);
      resolve(stream);
    });
    request.on("error", reject);
  });

/** The events that have arrived: which panels each brought, and the JSON of all. */
const events = (stream: Stream) =>
  stream
    .text()
    .split("\n")
    .filter((line) => line.startsWith("data: "))
    .map((line) => JSON.parse(line.slice(6)) as { now: string; panels: Record<string, unknown> });

/** Waits for the first event, which brings every panel to a page that has none. */
async function openAndRead(cookie = cookies.OPS) {
  const stream = await open(cookie);
  await until("the panels arrive", () => events(stream).length > 0);
  return stream;
}

/** Whether an event after the first one brought a panel with this text. */
const reports = (stream: Stream, panel: string, text: string) =>
  events(stream)
    .slice(1)
    .some(({ panels }) => JSON.stringify(panels[panel] ?? null).includes(text));

/** A session of an operator of its own. */
async function cookieOfNewUser(name: string) {
  const user = await database.db.user.create({
    data: { email: `${name}@x.example`, name, role: "OPS", passwordHash: "" },
  });
  const session = await runtime.sessions.storage.getSession();
  session.set("userId", user.id);
  return (await runtime.sessions.storage.commitSession(session)).split(";")[0] ?? "";
}

describe("the live stream", () => {
  it("is closed to users without the permission, and uses no slot for them", async () => {
    for (const [cookie, status] of [
      [undefined, 401],
      [cookies.READER, 403],
      [cookies.EDITOR, 403],
    ] as const) {
      const stream = await open(cookie);
      expect(stream.response.statusCode).toBe(status);
      await until("the answer ends", () => stream.response.complete);
      expect(stream.text()).not.toContain("data:");
      expect(runtime.changes.size()).toBe(0);
    }
  });

  it("arrives uncompressed and at once, and frees its slot when the reader leaves", async () => {
    const stream = await open(cookies.OPS);
    expect(stream.response.statusCode).toBe(200);
    expect(stream.response.headers["content-type"]).toContain("text/event-stream");
    expect(stream.response.headers["content-encoding"]).toBeUndefined();
    await until("the welcome arrives", () => stream.text().includes(": welcome"), 2000);
    expect(runtime.changes.size()).toBe(1);
    stream.leave();
    await until("the slot is free", () => runtime.changes.size() === 0, 2000);
  });

  it("reads once for a crowd, whatever its size, and frees every slot when it leaves", async () => {
    const readings = countReadings();
    const first = await openAndRead();
    // A user may have eight streams.
    const visitors = await Promise.all(Array.from({ length: 10 }, (_, n) => cookieOfNewUser(`crowd-${n}`)));
    const crowd = [
      first,
      ...(await Promise.all(
        visitors.flatMap((cookie) => Array.from({ length: 6 }, () => openAndRead(cookie))),
      )),
    ];
    const had = crowd.map((stream) => events(stream).length);
    runtime.changes.publish("mode");
    await until("all are told", () => crowd.every((one, n) => events(one).length > (had[n] ?? 0)));
    // The first page got an event of each reading, those for the others and those for samples meanwhile included.
    await until("a reading is one event", () => readings.count() === events(first).length, 3000);
    readings.stop();
    for (const stream of crowd) stream.leave();
    await until("all slots are free", () => runtime.changes.size() === 0, 3000);
  });

  it("follows several ranges through one connection, and frees all of their slots with it", async () => {
    const also = (count: number) =>
      `range=1h${Array.from({ length: count }, (_, i) => `&also=${encodeURIComponent(`range=custom&from=${i}&since=5`)}`).join("")}`;
    const refused = await open(cookies.OPS, also(8));
    expect(refused.response.statusCode).toBe(400);
    expect(runtime.changes.size()).toBe(0);

    const stream = await open(cookies.OPS, `range=1h&also=${encodeURIComponent("range=24h")}`);
    const ranges = () =>
      stream
        .text()
        .split("\n\n")
        .flatMap((event) => {
          const data = /^data: (.*)$/m.exec(event)?.[1];
          if (!data) return [];
          const { panels } = JSON.parse(data) as {
            panels: { samples?: { data: { series: { stepSeconds: number } } } };
          };
          const step = panels.samples?.data.series.stepSeconds;
          return step ? [`${/^event: (.*)$/m.exec(event)?.[1] ?? "message"} ${step}`] : [];
        });
    await until("the panels of both arrive", () => new Set(ranges()).size === 2);
    expect(new Set(ranges())).toEqual(new Set(["message 30", "also0 600"]));
    stream.leave();
    await until("the slots are free", () => runtime.changes.size() === 0);
  });

  it("is open to one user eight times, and to others all the same", async () => {
    const cookie = await cookieOfNewUser("greedy");
    const streams = await Promise.all(Array.from({ length: 8 }, () => openAndRead(cookie)));
    const refused = await open(cookie);
    expect(refused.response.statusCode).toBe(429);
    expect(refused.response.headers["retry-after"]).toBe("30");
    const other = await openAndRead();
    streams[0]?.leave();
    await until("a place is free", async () => {
      const again = await open(cookie);
      again.leave();
      return again.response.statusCode === 200;
    });
    for (const stream of [...streams, other]) stream.leave();
    await until("all slots are free", () => runtime.changes.size() === 0, 3000);
  });

  it("ends at once when the user logs out in this process, without a check", async () => {
    const unchecked = express().use(liveStream(runtime, { checkMs: 3_600_000 }));
    const second = createServer(unchecked);
    await new Promise<void>((resolve) => second.listen(0, "127.0.0.1", resolve));
    const cookie = await cookieOfNewUser("leaving");
    const address = `http://127.0.0.1:${(second.address() as AddressInfo).port}/admin/live`;
    const response = await fetch(address, { headers: { Cookie: cookie } });
    expect(response.status).toBe(200);
    await runtime.sessions.signOut(new Request(address, { headers: { Cookie: cookie } }));
    await response.text();
    second.close();
    expect(await runtime.sessions.userOf(cookie)).toBeNull();
  });

  it("ends within a check when the user logs out or loses the permission, and stays open for others", async () => {
    const { db } = database;
    const user = await db.user.create({
      data: { email: "b@x.example", name: "B", role: "OPS", passwordHash: "" },
    });
    const cookieOfUser = async () => {
      const session = await runtime.sessions.storage.getSession();
      session.set("userId", user.id);
      return (await runtime.sessions.storage.commitSession(session)).split(";")[0] ?? "";
    };
    const [leaving, staying, other] = [
      await openAndRead(await cookieOfUser()),
      await openAndRead(await cookieOfUser()),
      await openAndRead(),
    ];
    const oldest = await db.session.findFirstOrThrow({
      where: { userId: user.id },
      orderBy: { createdAt: "asc" },
    });
    await db.session.delete({ where: { id: oldest.id } });
    await until("the stream of the ended session ends", () => leaving.response.complete, 5000);
    expect(staying.response.complete).toBe(false);
    await db.user.update({ where: { id: user.id }, data: { role: "READER" } });
    await until("the stream without the permission ends", () => staying.response.complete, 5000);
    expect(other.response.complete).toBe(false);
    other.leave();
    await until("the slot is free", () => runtime.changes.size() === 0);
  });

  it("shows a new row from another process within a few seconds", async () => {
    const stream = await openAndRead();
    // The first poll records the versions before the change.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { db } = database;
    await db.modeChange.create({
      data: { at: new Date(), process: "web-2", role: "web", from: "redis", to: "database", reason: "x" },
    });
    await until("the change is shown", () => reports(stream, "modes", "web-2"), 5000);
    await db.syncRun.create({ data: { trigger: "schedule" } });
    await until("the run is shown", () => reports(stream, "syncRuns", "schedule"), 5000);
    stream.leave();
  });

  it("shows within a second that this process counts elsewhere, and the row is written", async () => {
    const stream = await openAndRead();
    await redis.stop();
    await until("the process notices", () => runtime.mode().mode === "database", 5000);
    await until("the change is shown", () => reports(stream, "current", "Counting in the database"), 2500);
    await until(
      "the change is written",
      async () =>
        (await database.db.modeChange.count({ where: { process: runtime.process, to: "database" } })) === 1,
      2000,
    );
    await redis.start();
    await until("it counts in Redis again", () => runtime.mode().mode === "redis");
    stream.leave();
    await until("the slot is free", () => runtime.changes.size() === 0);
  });

  it("ends when the process stops", async () => {
    const stream = await open(cookies.OPS);
    await until("the welcome arrives", () => stream.text().includes(": welcome"));
    runtime.changes.close();
    await until("the stream ends", () => stream.response.complete, 2000);
    expect(runtime.changes.size()).toBe(0);
  });
});
