import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createReadableStreamFromReadable } from "@remix-run/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { limitBodies } from "../../server/body-limit";
import { rawHttp } from "../support/raw-http";

const KB = 1024;
let server: Server;
let port: number;

/** Answers with the bytes that came through. */
beforeAll(async () => {
  server = createServer(
    limitBodies(0, async (request, response) => {
      let bytes = 0;
      for await (const piece of request) bytes += piece.length;
      response.end(String(bytes));
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const send = (target: string, bytes: number, chunked: boolean) =>
  rawHttp(port, { target, body: Buffer.alloc(bytes, "x"), chunked });

describe.each([
  ["with its length", false],
  ["in chunks", true],
])("a body %s", (_how, chunked) => {
  it.each([
    ["/login", 16 * KB],
    ["/admin/sync", 16 * KB],
    ["/STORY/x", 4 * KB],
    ["/admin/queues/board/api/queues", 16 * KB],
    ["/no-such-page", 16 * KB],
  ])("may have %s's bytes and not one more: %d", async (target, limit) => {
    for (const bytes of [0, 1, limit - 1, limit]) {
      const answer = await send(target, bytes, chunked);
      expect(answer.status, `${bytes} bytes`).toBe(200);
      expect(answer.body, `${bytes} bytes`).toContain(String(bytes));
    }
    const refused = await send(target, limit + 1, chunked);
    expect([refused.status, refused.headers.get("connection")]).toEqual([413, "close"]);
  });

  it("of 10 MB is refused with an answer that arrives", async () => {
    const { status, body } = await send("/login", 10_000_000, chunked);
    expect([status, body]).toEqual([413, expect.stringContaining("more than 16 KB")]);
  });
});

describe("a body that says how long it is", () => {
  it("is refused before it comes", async () => {
    const { status } = await rawHttp(port, {
      target: "/login",
      headers: [["Content-Length", "200000000"]],
      body: Buffer.alloc(0),
    });
    expect(status).toBe(413);
  }, 20_000);
});

it("an empty body in chunks ends for those who read it as Remix does", async () => {
  const reading = createServer(
    limitBodies(0, async (request, response) => {
      const body = new Response(createReadableStreamFromReadable(request) as unknown as BodyInit);
      response.end(`read ${(await body.text()).length}`);
    }),
  );
  await new Promise<void>((resolve) => reading.listen(0, "127.0.0.1", resolve));
  const { port: at } = reading.address() as AddressInfo;
  for (const bytes of [0, 5]) {
    const answer = await rawHttp(at, { target: "/logout", body: Buffer.alloc(bytes, "x"), chunked: true });
    expect(answer.body).toContain(`read ${bytes}`);
  }
  reading.close();
  reading.closeAllConnections();
});
