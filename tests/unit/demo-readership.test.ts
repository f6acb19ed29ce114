import { expect, it } from "vitest";
import { LEAST_USUAL } from "../../app/alerts/facts";
import { RULE_TYPES } from "../../app/alerts/rule-types/all-rules";
import { describeBrowser } from "../../app/ingest/visitor";
import { USUAL_READERS } from "../../app/platform/demo-readers";
import { storiesFor } from "../../prisma/seed/catalog";
import { createRandom } from "../../prisma/seed/random";
import { BUSIEST, createReadership, demoRhythm } from "../../scripts/demo/readership";

const STORIES = storiesFor("demo")
  .filter(({ startedDaysAgo }) => startedDaysAgo !== null)
  .map(({ slug, chapters }) => ({
    slug,
    chapters: Array.from({ length: chapters }, (_, index) => index + 1),
  }));
const next = createReadership(STORIES, 4, createRandom(7));
const posts = Array.from({ length: 7200 }, () => next());
const share = (is: (post: (typeof posts)[number]) => boolean) => posts.filter(is).length / posts.length;

it("has robots, repeats, signed-in readers, and requests that browsers make by themselves", () => {
  expect(share(({ userAgent }) => describeBrowser(userAgent).robot)).toBeCloseTo(0.1, 1);
  expect(share(({ account }) => account !== null)).toBeGreaterThan(0.02);
  expect(share(({ headers }) => "sec-purpose" in headers)).toBeGreaterThan(0.01);
  expect(share(({ automated }) => automated)).toBeGreaterThan(0);
  const repeats = posts.filter((post, index) => post === posts[index - 1]).length;
  expect(repeats / posts.length).toBeCloseTo(0.12, 1);
});

it("stays far below the limit per address", () => {
  const perNetwork = new Map<number, number>();
  for (const { network } of posts) perNetwork.set(network, (perNetwork.get(network) ?? 0) + 1);
  // Two hours at the usual rate; a network may send 60 per minute.
  expect(Math.max(...perNetwork.values())).toBeLessThan(60);
  expect(perNetwork.size).toBeGreaterThan(500);
});

it("does not bring any story so far above its usual that an alert would fire, even in the busiest hour", () => {
  const counted = new Set<string>();
  for (const { path, network, userAgent, headers, automated } of posts.slice(0, 3600 * BUSIEST))
    if (!describeBrowser(userAgent).robot && !automated && Object.keys(headers).length === 0)
      counted.add(`${path} ${network} ${userAgent}`);
  const ofStory = new Map<string, number>();
  for (const key of counted) {
    const slug = key.split(/[/ ]/)[2] ?? "";
    ofStory.set(slug, (ofStory.get(slug) ?? 0) + 1);
  }
  const limit = RULE_TYPES.find(({ kind }) => kind === "surge")?.defaults.threshold ?? 0;
  expect(Math.max(...ofStory.values()) * USUAL_READERS.perSecond).toBeLessThan(limit * LEAST_USUAL);
});

it("reads more in the evening and on Sundays, and never stops", () => {
  const at = (text: string) => demoRhythm(new Date(text));
  expect(at("2026-03-01T21:00:00Z")).toBeGreaterThan(at("2026-03-04T11:00:00Z"));
  expect(at("2026-03-04T03:00:00Z")).toBeGreaterThan(0.3);
});
