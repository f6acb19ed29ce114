import type pg from "pg";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { COUNT_STATEMENTS } from "../../app/stores/postgres/count-statement";
import { createDatabaseViews } from "../../app/stores/postgres/database-views";
import { planWindow } from "../../app/tracker/window";
import { createTestDatabase } from "../support/services";
import { anonymous, viewOf } from "../support/views";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

it.each([
  ["story", "storyId"],
  ["chapter", "chapterId"],
] as const)("looks a viewer of a %s up by key, however many views it has", async (kind, id) => {
  const { rows } = await database.pool.query<{ "QUERY PLAN": string }>(
    `EXPLAIN (GENERIC_PLAN, COSTS OFF) ${COUNT_STATEMENTS[kind]}`,
  );
  const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
  expect(plan).toMatch(
    new RegExp(`Index Cond: \\(\\("?${id}"? = i\\w*\\.target\\) AND \\(viewer = key\\.viewer\\)\\)`),
  );
});

it.each([
  ["a connection that was lost", new Error("Connection terminated unexpectedly"), 1],
  ["a statement that took too long", Object.assign(new Error("canceling statement"), { code: "57014" }), 1],
  ["a row that is refused, every time", Object.assign(new Error("out of range"), { code: "22003" }), 20],
])("asks Postgres only so often after %s", async (_words, error, most) => {
  const query = vi.fn().mockRejectedValue(error);
  const store = createDatabaseViews({ query } as unknown as pg.Pool, planWindow(24, 6));
  const views = Array.from({ length: 8 }, (_, i) =>
    viewOf([{ kind: "story", id: i + 1, storyId: i + 1 }], anonymous(i)),
  );
  const result = await store.record(views).catch((reason: Error) => reason);
  if (most === 1) expect(result).toBe(error);
  else expect(result).toEqual(views.map(() => error));
  expect(query.mock.calls.length).toBeLessThanOrEqual(most);
});
