import { afterAll, beforeAll, expect, it } from "vitest";
import { panelLoader } from "../../app/console/open-page";
import type { Runtime } from "../../app/runtime/create-runtime";
import { createTestRuntime, scratchDirectory } from "../support/runtime";
import { createTestDatabase } from "../support/services";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let runtime: Runtime;
const journal = scratchDirectory("closing");

beforeAll(async () => {
  database = await createTestDatabase();
  runtime = await createTestRuntime({ DATABASE_URL: database.url, JOURNAL_DIR: journal.dir });
});

afterAll(async () => {
  await database.drop();
  journal.remove();
});

it("a process that stops lets panels end whose reader has left", async () => {
  const logged: unknown[] = [];
  const context = { runtime, log: { error: (entry: unknown) => logged.push(entry) } };
  const request = new Request("http://localhost/admin");
  const panel = panelLoader({ context, request } as unknown as Parameters<typeof panelLoader>[0]);
  // A panel asks more than once, and the pool refuses what begins after its end. The rest of closing takes about a second.
  const reading = panel(
    "The list",
    (async () => {
      await runtime.db.$queryRaw`SELECT pg_sleep(2)::text`;
      return runtime.db.story.count();
    })(),
  );
  await runtime.close();
  expect(await reading).toEqual({ ok: true, data: 0 });
  expect(logged).toEqual([]);
});
