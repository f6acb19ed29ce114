import { referrerHost } from "../../app/ingest/referrer";
import { describeBrowser } from "../../app/ingest/visitor";
import { readerBlock } from "../../app/platform/address-block";
import { parseUrl } from "../../app/shared/parse-url";
import type { Catalog, CatalogStory } from "../../app/stores/postgres/catalog";
import type { ImportedVisit } from "../../app/stores/postgres/imports/visits";
import { exclusionOf } from "../../app/tracker/exclusion";
import type { PlacedTarget } from "../../app/tracker/view";
import { type AnonymousViewer, offer } from "../../app/tracker/viewer";
import { dayOf, MINUTE_MS } from "../../app/tracker/window";
import { asText } from "../replay/request";
import { UNKNOWN_BROWSER } from "../replay/run";
import { countNames, type ImportReport } from "./report";
import type { ViewMap } from "./view-map";
import type { Visit } from "./visit";

/** What decides about visits, besides what they say. */
export interface Circumstances {
  catalog: Pick<Catalog, "find">;
  map: ViewMap;
  /** The salt of the viewers' keys. */
  salt: Buffer;
  /** Views from then on were counted by this site itself, Unix ms; null if none were. */
  until: number | null;
  /** Unix ms. */
  now: number;
  countWithoutAgent: boolean;
  honourPrivacySignals: boolean;
}

/** Clocks of servers are minutes off at most. */
const MAX_AHEAD_MS = 5 * MINUTE_MS;
const MAX_USER_AGENT = 512;
/** Slugs that are looked up at once. */
const LOOK_UPS = 500;
/** Stands for the authors and editors that the map names, as it names no accounts. */
const AUTHOR = -1;

/**
 * Turns visits into what the counts are derived from, by the rules for live views: the same exclusions, the same keys of readers. Enters
 * into the report what becomes of each. Windows are not its matter: whether a visit is a repeat shows only when all are known.
 */
export function createJudge(circumstances: Circumstances, report: ImportReport) {
  const { catalog, map, salt, until, now, countWithoutAgent, honourPrivacySignals } = circumstances;
  const unknown = countNames();

  const leaveOut = (reason: string) => {
    report.leftOut[reason] = (Object.hasOwn(report.leftOut, reason) ? (report.leftOut[reason] ?? 0) : 0) + 1;
  };

  function judge(
    visit: Visit,
    story: CatalogStory,
    number: number | null,
    importId: number,
  ): ImportedVisit[] {
    const chapter = number === null ? undefined : story.chapters.get(number);
    if (visit.at > now + MAX_AHEAD_MS) {
      leaveOut("future");
      return [];
    }
    if (until !== null && visit.at >= until) {
      leaveOut("counted-here");
      return [];
    }
    if (visit.agent === undefined && !countWithoutAgent) {
      leaveOut("no-user-agent");
      return [];
    }
    const logged = visit.agent === undefined ? UNKNOWN_BROWSER : visit.agent;
    const agent = logged?.slice(0, MAX_USER_AGENT);
    const browser = describeBrowser(agent);
    const isAuthor = [visit.reader, visit.address].some((who) => who !== null && map.isAuthor(who));
    const reason = exclusionOf({
      published: story.published && (chapter?.published ?? true),
      automated: false,
      // What a reader asks for on /me is about views from then on.
      optedOut: false,
      browser,
      header: (name) => (Object.hasOwn(visit.headers, name) ? visit.headers[name] : undefined),
      userId: isAuthor ? AUTHOR : null,
      staff: [AUTHOR],
      honourPrivacySignals,
    });
    // A reader whom the file names is the same with any browser.
    const viewer: AnonymousViewer =
      visit.reader === null
        ? { address: readerBlock(visit.address ?? ""), userAgent: agent ?? "" }
        : { address: `reader ${visit.reader}`, userAgent: "" };
    const keyOf = (target: PlacedTarget) => offer(target, viewer, () => salt).key(dayOf(visit.at));
    const common = { at: visit.at, importId, referrer: "", device: "", reason: "" };
    noteTime(report, visit.at);
    if (reason) {
      leaveOut(reason);
      return [{ ...common, kind: "excluded", targetId: story.id, viewer: keyOf(chapter ?? story), reason }];
    }
    report.visits += 1;
    const rows: ImportedVisit[] = [
      {
        ...common,
        kind: "story",
        targetId: story.id,
        viewer: keyOf(story),
        referrer: hostOf(visit.referrer),
        device: browser.device,
      },
    ];
    if (chapter) rows.push({ ...common, kind: "chapter", targetId: chapter.id, viewer: keyOf(chapter) });
    return rows;
  }

  function hostOf(logged: string | null): string {
    const referrer = logged === null ? undefined : asText(logged);
    const host = referrer && parseUrl(referrer)?.host;
    if (host && map.siteHosts.includes(host)) return "this site";
    return referrerHost({ referrer, header: () => undefined });
  }

  return {
    /** @returns what to keep of some visits. */
    async judge(visits: Visit[], importId: number): Promise<ImportedVisit[]> {
      const pages = visits.map((visit) => map.pageOf(visit.story, visit.chapter));
      const slugs = [...new Set(pages.map(({ slug }) => slug))];
      const stories = new Map<string, CatalogStory | null>();
      for (let i = 0; i < slugs.length; i += LOOK_UPS)
        await Promise.all(
          slugs.slice(i, i + LOOK_UPS).map(async (slug) => stories.set(slug, await catalog.find(slug))),
        );
      return visits.flatMap((visit, i) => {
        const { slug, chapter } = pages[i] as (typeof pages)[number];
        const story = stories.get(slug);
        if (story && (chapter === null || story.chapters.has(chapter)))
          return judge(visit, story, chapter, importId);
        report.unknownPages += 1;
        unknown.add(story ? `${slug}, chapter ${visit.chapter}` : slug);
        return [];
      });
    },
    /** Enters into the report what was unknown. */
    finish() {
      report.unknownPageNames = unknown.top();
    },
  };
}

function noteTime(report: ImportReport, at: number) {
  const text = new Date(at).toISOString().replace(".000", "");
  if (report.from === null || text < report.from) report.from = text;
  if (report.to === null || text > report.to) report.to = text;
}
