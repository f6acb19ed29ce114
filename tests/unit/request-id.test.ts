import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requestId, withRequestId } from "../../app/platform/request-id";

let base: string;
const server = createServer(
  withRequestId(async (_request, response) => {
    await new Promise((resolve) => setImmediate(resolve));
    response.end(requestId());
  }),
);
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const requestWith = async (given?: string) => {
  const response = await fetch(base, { headers: given ? { "X-Request-Id": given } : {} });
  return { header: response.headers.get("X-Request-Id"), inside: await response.text() };
};

describe("request ids", () => {
  it("are the same in the response and in the code that produces it, and differ for every request", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => requestWith()));
    for (const { header, inside } of answers) expect(inside).toBe(header);
    expect(new Set(answers.map(({ header }) => header)).size).toBe(20);
    expect(requestId()).toBeUndefined();
  });

  it("are taken from a proxy if they are plain, and replaced if not", async () => {
    expect((await requestWith("abc-123_DEF")).header).toBe("abc-123_DEF");
    expect((await requestWith('"; drop')).header).not.toContain("drop");
    expect((await requestWith("short")).header).not.toBe("short");
  });
});
