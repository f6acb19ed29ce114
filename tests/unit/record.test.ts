import { expect, it } from "vitest";
import type { Breaker } from "../../app/tracker/breaker";
import type { ViewStore } from "../../app/tracker/ports";
import { createTracker } from "../../app/tracker/record";
import { shardOf } from "../../app/tracker/shard";
import type { CountResult, View } from "../../app/tracker/view";
import { anonymous, viewOf } from "../support/views";

const viewOfStory = (id: number, who: number) =>
  viewOf([{ kind: "story", id, storyId: id }], anonymous(who), Date.UTC(2031, 4, 5));
const counted = (views: View[]): CountResult[][] => views.map(() => [{ counted: true, count: 1 }]);
const closed = {
  run: (work: () => Promise<unknown>) => work(),
  state: () => ({ open: false, since: 0, reason: "" }),
} as Breaker;
const guarded = (record: ViewStore["record"]) => ({ store: { record }, breaker: closed });
const journal = { append: () => Promise.reject(new Error("unused")), size: () => 0 };
const tracker = (
  redis: ViewStore["record"],
  database: ViewStore["record"] = async (views) => counted(views),
) =>
  createTracker({ redis: guarded(redis), database: guarded(database), journal, onRefused: () => undefined });

/** `Promise.withResolvers`, which Node 20 does not have. */
function deferred() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

it("answers the views of a shard when its own call has ended, whatever the others do", async () => {
  const slow = deferred();
  const { record } = tracker(async (views) => {
    if (shardOf(views[0]?.offers[0].storyId ?? 0) === 1) await slow.promise;
    return counted(views);
  });
  let slowIsThere = false;
  const waiting = record(viewOfStory(1, 1)).then(() => {
    slowIsThere = true;
  });
  expect(await record(viewOfStory(2, 1))).toMatchObject({ counted: true, path: "redis" });
  expect(slowIsThere).toBe(false);
  slow.resolve();
  await waiting;
});

it("sends only the views of a shard that fails elsewhere, and gathers each shard's in one call", async () => {
  const calls: number[][] = [];
  const { record } = tracker(async (views) => {
    calls.push(views.map(({ offers }) => offers[0].storyId));
    if (shardOf(views[0]?.offers[0].storyId ?? 0) === 3) throw new Error("CROSSSLOT");
    return counted(views);
  });
  const stories = [1, 2, 3, 5, 6, 7];
  const outcomes = await Promise.all(stories.map((id) => record(viewOfStory(id, 1))));
  expect(outcomes.map(({ path }) => path)).toEqual([
    "redis",
    "redis",
    "database",
    "redis",
    "redis",
    "database",
  ]);
  expect(calls.map((ids) => ids.join())).toEqual(["1,5", "2,6", "3,7"]);
});
