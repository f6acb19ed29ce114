import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LiveMessage } from "../../app/pages/overview/live/live-message";
import { createLiveOverview } from "../../app/pages/overview/live/live-overview";
import { createLiveReading, type Follower } from "../../app/pages/overview/live/live-reading";
import { OVERVIEW_PANELS, type PanelKey } from "../../app/pages/overview/read-overview";
import { createChangeFeed } from "../../app/telemetry/change-feed";

beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }));
afterEach(() => void vi.useRealTimers());

/** A reading whose panels hold what `values` says. */
function setUp() {
  const values: Partial<Record<PanelKey, unknown>> = {};
  const reads: (readonly PanelKey[])[] = [];
  const reading = createLiveReading({
    async read(keys) {
      reads.push(keys);
      return Object.fromEntries(keys.map((key) => [key, { ok: true, data: values[key] ?? 0 }]));
    },
    onError: (error) => {
      throw error;
    },
  });
  return { values, reads, reading };
}

/** A page that keeps which panels each event brought. */
function page() {
  const events: { id: number; panels: string[]; bytes: Buffer }[] = [];
  const follower: Follower = {
    send(bytes, id) {
      const text = bytes.toString();
      expect(text).toMatch(new RegExp(`^id: ${id}\\ndata: .*\\n\\n$`));
      const message = JSON.parse(text.split("\ndata: ")[1] ?? "") as LiveMessage;
      expect(Date.parse(message.now)).toBe(id);
      events.push({ id, panels: Object.keys(message.panels), bytes });
    },
    end: () => undefined,
  };
  return { events, follower };
}

const later = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("a live reading", () => {
  it("is made once for all pages, and all get the same bytes", async () => {
    const { reads, reading } = setUp();
    const pages = Array.from({ length: 500 }, page);
    for (const { follower } of pages) reading.add(follower, 0);
    await later(0);
    expect(reads).toEqual([OVERVIEW_PANELS]);
    reading.changed(["mode"]);
    reading.changed(["mode"]);
    await later(1000);
    expect(reads).toHaveLength(2);
    const [first] = pages;
    for (const { events } of pages) {
      expect(events.map(({ panels }) => panels.length)).toEqual([OVERVIEW_PANELS.length, 0]);
      expect(events[1]?.bytes).toBe(first?.events[1]?.bytes);
    }
  });

  it("sends only the panels that came out differently, and reads only those that a change concerns", async () => {
    const { values, reads, reading } = setUp();
    const { events, follower } = page();
    reading.add(follower, 0);
    await later(0);
    values.alerts = "one fires";
    values.syncRuns = "not read, as no sync ran";
    reading.changed(["alert"]);
    await later(1000);
    expect(events[1]?.panels).toEqual(["alerts"]);
    expect(reads[1]).not.toContain("syncRuns");
    reading.changed(["sync"]);
    await later(1000);
    expect(events[2]?.panels).toEqual(["syncRuns"]);
  });

  it("follows urgent changes within a second, and samples within five", async () => {
    const { reads, reading } = setUp();
    reading.add(page().follower, 0);
    await later(0);
    reading.changed(["sample"]);
    await later(4999);
    expect(reads).toHaveLength(1);
    await later(1);
    expect(reads).toHaveLength(2);
    reading.changed(["sample"]);
    reading.changed(["mode"]);
    await later(999);
    expect(reads).toHaveLength(2);
    await later(1);
    expect(reads).toHaveLength(3);
  });

  it("sends a page that comes later, or again, what has changed since it was read", async () => {
    const { values, reading } = setUp();
    const stays = page();
    reading.add(stays.follower, 0);
    await later(0);
    values.ledger = 1;
    reading.changed(["sync"]);
    await later(1000);
    const [first, second] = stays.events;
    const ids = { first: first?.id ?? 0, second: second?.id ?? 0 };
    const [fromElsewhere, fromFirst, upToDate] = [page(), page(), page()];
    reading.add(fromElsewhere.follower, 0);
    reading.add(fromFirst.follower, ids.first);
    reading.add(upToDate.follower, ids.second);
    expect(fromElsewhere.events[0]?.panels).toHaveLength(OVERVIEW_PANELS.length);
    expect(fromFirst.events[0]?.panels).toEqual(["ledger"]);
    expect(upToDate.events).toEqual([]);
    values.ledger = 2;
    reading.changed(["sync"]);
    await later(1000);
    reading.catchUp(fromFirst.follower, ids.first);
    expect(fromFirst.events.at(-1)?.panels).toEqual(["ledger"]);
  });
});

describe("the live overview", () => {
  const overviewOf = () => {
    const changes = createChangeFeed({ readVersions: async () => ({}), onError: () => undefined });
    const overview = createLiveOverview({ changes } as Parameters<typeof createLiveOverview>[0]);
    const follow = (query: string) => overview.follow(new URLSearchParams(query), 0, page().follower);
    return { changes, overview, follow };
  };

  it("refuses one page too many, and accepts it when there is room", () => {
    const { overview, follow } = overviewOf();
    const pages = Array.from({ length: 1000 }, () => follow("range=1h"));
    expect(follow("range=1h")).toBeNull();
    pages[0]?.stop();
    expect(follow("range=6h")).not.toBeNull();
    expect(overview.size()).toBe(1000);
  });

  it("refuses one range too many, and follows no changes once the last page has gone", () => {
    const { changes, follow } = overviewOf();
    const custom = (n: number) => `range=custom&from=2026-01-${n}T00:00&to=2026-02-01T00:00`;
    const pages = Array.from({ length: 16 }, (_, n) => follow(custom(10 + n)));
    expect(follow(custom(9))).toBeNull();
    expect(follow(custom(10))).not.toBeNull();
    expect(changes.size()).toBe(1);
    pages[1]?.stop();
    const last = follow(custom(9));
    expect(last).not.toBeNull();
    for (const one of pages.slice(2)) one?.stop();
    last?.stop();
    expect(changes.size()).toBe(1);
  });

  it("ends all pages when the process stops, and accepts no more", () => {
    const { changes, overview } = overviewOf();
    let ended = 0;
    const end = () => {
      ended += 1;
    };
    overview.follow(new URLSearchParams(), 0, { send: () => undefined, end });
    overview.follow(new URLSearchParams("compare=1"), 0, { send: () => undefined, end });
    changes.close();
    expect(ended).toBe(2);
    expect(overview.follow(new URLSearchParams(), 0, { send: () => undefined, end })).toBeNull();
  });
});
