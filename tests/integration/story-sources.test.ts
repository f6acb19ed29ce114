import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { LoadPanel } from "../../app/console/open-page";
import { findEditorStory } from "../../app/pages/story-analytics/find-editor-story";
import type { SourceFilter } from "../../app/pages/story-analytics/sources/group-sources";
import { parseFilter, readSources } from "../../app/pages/story-analytics/sources/read-story-sources";
import { storyRange } from "../../app/pages/story-analytics/story-ranges";
import { loadPanel } from "../../app/shared/panel";
import { rollUpViews } from "../../app/telemetry/roll-up/views";
import { createTestDatabase } from "../support/services";
import { createStory } from "../support/views";

const now = new Date("2026-05-14T15:20:00Z");
const LAUNCH = "campaign:mastodon/social/launch";
const ALL = { channel: null, source: null };

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  database = await createTestDatabase();
  const made = await createStory(database.pool, "tide");
  await createStory(database.pool, "other");
  const write = (
    storyId: number,
    at: string,
    dimension: string,
    value: string,
    views: number,
    source = "redis",
  ) =>
    database.pool.query(`INSERT INTO "ViewDetailHour" VALUES ($1, $2, $3, $4, $5, $6)`, [
      storyId,
      at,
      source,
      dimension,
      value,
      views,
    ]);
  const { id } = made.story;
  // Days are added up from the first hour with views.
  await database.pool.query(
    `INSERT INTO "ViewHour" VALUES ('story', $1, '2026-01-02T10:00Z', 'redis', 1000)`,
    [id],
  );
  // Some weeks ago.
  await write(id, "2026-04-20T09:00Z", "referrer", "www.google.com", 10);
  await write(id, "2026-04-20T21:00Z", "referrer", "www.google.com", 2, "db");
  await write(id, "2026-04-20T21:00Z", "referrer", "direct", 5);
  await write(id, "2026-04-21T08:00Z", "referrer", LAUNCH, 4);
  // Today and yesterday. A device has the same name as a group of sites.
  await write(id, "2026-05-13T10:00Z", "referrer", "duckduckgo.com", 3);
  await write(id, "2026-05-14T14:00Z", "referrer", "other", 2);
  await write(id, "2026-05-14T14:00Z", "device", "other", 70);
  await write(id, "2026-05-14T15:00Z", "referrer", "spam.example", 6);
  await write(id, "2026-05-14T15:00Z", "referrer", "www.google.com", 1);
  // Before the range, and another story's.
  await write(id, "2026-01-02T10:00Z", "referrer", "www.google.com", 1000);
  await write(id + 1, "2026-05-14T15:00Z", "referrer", "www.google.com", 1000);
});
afterAll(() => database.drop());

const panel: LoadPanel = (what, work) =>
  loadPanel(what, work, (_what, error) => {
    throw error;
  });

async function read(filter: SourceFilter, range = "30d", spam: string[] = ["spam.example"]) {
  const author = await database.db.user.findFirstOrThrow();
  const story = await findEditorStory(database.db, author.id, "tide");
  if (!story) throw new Error("the story is its author's");
  const spamList = { ok: true as const, hosts: new Set(spam) };
  const { numbers } = await readSources(
    { db: database.db, spamList },
    story,
    { range: storyRange(range), filter },
    now,
    panel,
  );
  if (!numbers.ok) throw new Error(numbers.why);
  const { series, ...rest } = numbers.data;
  const drawn = series.points.flatMap(({ at, values }) =>
    Object.entries(values ?? {}).flatMap(([key, views]) =>
      views ? [`${new Date(at).toISOString().slice(0, 10)} ${key} ${views}`] : [],
    ),
  );
  return { ...rest, drawn };
}

describe.each([
  ["read from the hours", async () => {}],
  [
    "added up by day",
    async () => {
      await rollUpViews(database.pool);
      expect(await database.db.viewDetailMonth.count()).toBeGreaterThan(0);
    },
  ],
])("the sources of a small story, %s", (_how, prepare) => {
  beforeEach(async () => {
    await prepare();
  });

  it("are these, by channel and by day", async () => {
    expect(await read(ALL)).toMatchObject({
      views: 27,
      allViews: 27,
      channels: [
        { channel: "search", views: 16 },
        { channel: "direct", views: 5 },
        { channel: "campaign", views: 4 },
        { channel: "sites", views: 2 },
      ],
      spam: { sites: 1, views: 6 },
      drawn: [
        "2026-04-20 search 12",
        "2026-04-20 direct 5",
        "2026-04-21 campaign 4",
        "2026-05-13 search 3",
        "2026-05-14 search 1",
        "2026-05-14 sites 2",
      ],
    });
  });

  it("are limited to a channel, and to a source", async () => {
    expect(await read({ channel: "search", source: null })).toMatchObject({
      views: 16,
      allViews: 27,
      sources: [
        { value: "www.google.com", views: 13 },
        { value: "duckduckgo.com", views: 3 },
      ],
      drawn: ["2026-04-20 source0 12", "2026-05-13 source1 3", "2026-05-14 source0 1"],
    });
    expect(await read(parseFilter(new URLSearchParams({ source: LAUNCH, channel: "search" })))).toMatchObject(
      {
        views: 4,
        drawn: ["2026-04-21 source0 4"],
      },
    );
    expect(await read({ channel: "social", source: null })).toMatchObject({
      views: 0,
      sources: [],
      drawn: [],
    });
  });

  it("have spam among the other sites where no list says otherwise", async () => {
    const { views, spam } = await read(ALL, "48h", []);
    expect({ views, spam }).toEqual({ views: 12, spam: { sites: 0, views: 0 } });
  });
});

it.each([
  ["channel=search", { channel: "search", source: null }],
  ["channel=__proto__", ALL],
  ["channel=", ALL],
  ["source=www.google.com&channel=social", { channel: "search", source: "www.google.com" }],
  [`source=${"x".repeat(400)}`, { channel: "sites", source: "x".repeat(300) }],
])("the address ?%s names this filter", (query, filter) => {
  expect(parseFilter(new URLSearchParams(query))).toEqual(filter);
});
