import pLimit from "p-limit";
import { expect, it } from "vitest";
import { streamText } from "../../app/platform/csv";

it("twenty exports read two at a time, in turn, and each of them whole", async () => {
  const turns = pLimit(2);
  let reading = 0;
  let most = 0;
  const order: number[] = [];
  async function* rows(name: number) {
    for (let page = 0; page < 5; page += 1) {
      reading += 1;
      most = Math.max(most, reading);
      order.push(name);
      await new Promise((resolve) => setImmediate(resolve));
      reading -= 1;
      yield `${name}.${page} `;
    }
  }
  const texts = await Promise.all(
    Array.from({ length: 20 }, (_, name) => new Response(streamText(rows(name), turns)).text()),
  );
  expect(most).toBe(2);
  expect(texts[7]).toBe("7.0 7.1 7.2 7.3 7.4 ");
  expect(new Set(order.slice(0, 20)).size, "none is passed over").toBe(20);
});

it("an export that fails, or is given up, passes its turn on", async () => {
  const turns = pLimit(1);
  async function* failing(): AsyncGenerator<string> {
    yield "a";
    throw new Error("Postgres is down");
  }
  async function* endless() {
    for (;;) yield "a";
  }
  await expect(new Response(streamText(failing(), turns)).text()).rejects.toThrow("Postgres is down");
  const reader = streamText(endless(), turns).getReader();
  await reader.read();
  await reader.cancel();
  expect(await turns(async () => "mine")).toBe("mine");
});
