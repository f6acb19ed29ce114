import type pg from "pg";
import { referrerHost } from "../../app/ingest/referrer";
import { isCampaign } from "../../app/shared/campaign";
import { limitReferrers } from "../../app/stores/postgres/imports/limit-referrers";
import type { DetailViews, HourViews } from "../../app/stores/postgres/set-history";
import { HISTORY_SOURCE } from "../../app/tracker/source";
import type { TargetKind } from "../../app/tracker/view";

/** What the rows of one target come to. */
export interface TargetRows {
  id: number;
  hours: HourViews[];
  details: DetailViews[];
}

/** One group of rows, as Postgres adds them up: of an hour, of a referrer or of a device in it. */
interface Group {
  id: number;
  hour: Date;
  /** 0: the hour; 1: a device; 2: a referrer. */
  level: 0 | 1 | 2;
  value: string | null;
  views: number;
}

/** Groups that are fetched at once. */
const FETCHED = 10_000;
const MAX_VALUE = 100;
const DEVICES = ["desktop", "mobile", "tablet", "other"];

/** Rows with a window are of outages, and have been counted. */
const statements: Record<TargetKind, string> = {
  story: `
    SELECT "storyId" AS id, hour, CASE GROUPING(referrer, device) WHEN 3 THEN 0 WHEN 2 THEN 1 ELSE 2 END AS level,
      COALESCE(referrer, device) AS value, count(*)::float8 AS views
    FROM (SELECT "storyId", date_trunc('hour', "viewedAt", 'UTC') AS hour, referrer, device FROM "StoryView"
      WHERE "window" IS NULL AND counted) v
    GROUP BY GROUPING SETS (("storyId", hour), ("storyId", hour, device), ("storyId", hour, referrer)) ORDER BY 1`,
  chapter: `
    SELECT "chapterId" AS id, date_trunc('hour', "viewedAt", 'UTC') AS hour, 0 AS level, NULL AS value, count(*)::float8 AS views
    FROM "ChapterView" WHERE "window" IS NULL AND counted GROUP BY 1, 2 ORDER BY 1`,
};

/** Adds up the rows of views from before Redis, in one reading of the table at one moment, target by target. */
export async function* readRows(client: pg.ClientBase, kind: TargetKind): AsyncGenerator<TargetRows> {
  await client.query("BEGIN READ ONLY");
  try {
    await client.query(`DECLARE groups NO SCROLL CURSOR FOR ${statements[kind]}`);
    let target: Group[] = [];
    for (;;) {
      const { rows } = await client.query<Group>(`FETCH ${FETCHED} FROM groups`);
      for (const group of rows) {
        if (target[0] && target[0].id !== group.id) {
          yield inHours(target);
          target = [];
        }
        target.push(group);
      }
      if (rows.length < FETCHED) break;
    }
    if (target.length > 0) yield inHours(target);
  } finally {
    await client.query("ROLLBACK").catch(() => undefined);
  }
}

function inHours(groups: Group[]): TargetRows {
  const hours: HourViews[] = [];
  const details = new Map<string, DetailViews>();
  for (const { id, hour: start, level, value, views } of groups) {
    const hour = { id, source: HISTORY_SOURCE, hour: start.getTime(), views };
    if (level === 0) hours.push(hour);
    else if (value !== null && value !== "") {
      const dimension = level === 1 ? "device" : "referrer";
      const name = level === 1 ? (DEVICES.includes(value) ? value : "other") : hostIn(value);
      const key = `${hour.hour} ${dimension} ${name}`;
      const known = details.get(key);
      if (known) known.views += views;
      else details.set(key, { ...hour, dimension, value: name });
    }
  }
  return { id: groups[0]?.id ?? 0, hours, details: limitReferrers([...details.values()]) };
}

/** Earlier systems wrote whole addresses, hosts, or groups such as "direct"; Tidemark itself, campaigns too. */
const hostIn = (value: string) =>
  value.includes("/") && !isCampaign(value)
    ? referrerHost({ referrer: value, header: () => undefined })
    : value.toLowerCase().slice(0, MAX_VALUE);
