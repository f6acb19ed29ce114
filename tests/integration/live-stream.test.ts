import { createServer, get, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import compression from "compression";
import express from "express";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Runtime } from "../../app/runtime/create-runtime";
import { liveStream } from "../../server/live-stream";
import { type OwnRedis, startOwnRedis } from "../support/own-redis";
import { createTestRuntime, scratchDirectory } from "../support/runtime";
import { createTestDatabase } from "../support/services";
import { until } from "../support/until";

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
  app.use(liveStream(runtime));
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

beforeEach(() => until("it counts in Redis", () => runtime.mode().mode === "redis"));

interface Stream {
  response: IncomingMessage;
  /** Everything that has arrived so far. */
  text(): string;
  leave(): void;
}

/** Opens the stream as a browser does, gzip and all. */
const open = (cookie?: string): Promise<Stream> =>
  new Promise((resolve, reject) => {
    const headers = {
      "Accept-Encoding": "gzip",
      Accept: "text/event-stream",
      ...(cookie && { Cookie: cookie }),
    };
    const request = get(`${origin}/admin/live`, { headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
      });
      response.on("error", () => undefined);
      resolve({ response, text: () => text, leave: () => request.destroy() });
    });
    request.on("error", reject);
  });

const reports = (stream: Stream, change: string) =>
  stream
    .text()
    .split("\n")
    .some((line) => line.startsWith("data: ") && line.includes(`"${change}"`));

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

  it("frees every slot when a crowd leaves", async () => {
    const crowd = await Promise.all(Array.from({ length: 30 }, () => open(cookies.OPS)));
    expect(runtime.changes.size()).toBe(30);
    for (const stream of crowd) stream.leave();
    await until("all slots are free", () => runtime.changes.size() === 0, 3000);
  });

  it("refuses one page too many, which then polls, and accepts it when there is room", async () => {
    const crowd = await Promise.all(Array.from({ length: 100 }, () => open(cookies.OPS)));
    const late = await open(cookies.OPS);
    expect(late.response.statusCode).toBe(503);
    for (const stream of crowd) stream.leave();
    await until("all slots are free", () => runtime.changes.size() === 0, 3000);
    const again = await open(cookies.OPS);
    expect(again.response.statusCode).toBe(200);
    again.leave();
  });

  it("reports a new row from another process within a few seconds", async () => {
    const stream = await open(cookies.OPS);
    // The first poll records the versions before the change.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { db } = database;
    await db.modeChange.create({
      data: { at: new Date(), process: "web-2", role: "web", from: "redis", to: "database", reason: "x" },
    });
    await until("the change is reported", () => reports(stream, "mode"), 4000);
    await db.syncRun.create({ data: { trigger: "schedule" } });
    await until("the run is reported", () => reports(stream, "sync"), 4000);
    stream.leave();
  });

  it("reports within a second that this process counts elsewhere, and the row is written", async () => {
    const stream = await open(cookies.OPS);
    await until("the welcome arrives", () => stream.text().includes(": welcome"));
    await redis.stop();
    await until("the process notices", () => runtime.mode().mode === "database", 5000);
    await until("the change is reported", () => reports(stream, "mode"), 1000);
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
