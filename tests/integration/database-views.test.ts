import { afterAll, beforeAll, expect, it } from "vitest";
import { COUNT_STATEMENTS } from "../../app/stores/postgres/count-statement";
import { createTestDatabase } from "../support/services";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

it.each([
  ["story", "storyId"],
  ["chapter", "chapterId"],
] as const)(
  "looks a viewer of a %s up by key in the constraint's index, however many views it has",
  async (kind, id) => {
    const { rows } = await database.pool.query<{ "QUERY PLAN": string }>(
      `EXPLAIN (GENERIC_PLAN, COSTS OFF) ${COUNT_STATEMENTS[kind]}`,
    );
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    expect(plan).toMatch(
      new RegExp(`Index Cond: \\(\\("?${id}"? = .*\\) AND \\(viewer = .*\\) AND \\("window" && `),
    );
  },
);
