import { expect } from "vitest";
import type { createReaders } from "./incident-readers";
import type { startIncidentSite } from "./incident-site";
import { until } from "./until";

/** What the page and its tab say. */
export interface Words {
  headline: RegExp;
  title: RegExp;
}

export const CALM: Words = { headline: /^Counting in Redis\. .* wait/, title: /^Operations · Tidemark$/ };
/** Calm, but for alerts that have not closed. */
export const IN_REDIS: Words = { headline: /^Counting in Redis\./, title: /Operations · Tidemark$/ };
/** In the tab, without an alert. */
export const TAB_IN_DATABASE = /^◆ Database since \d\d:\d\d · Tidemark$/;

export const secondsFrom = (from: Date, to: Date | null): number =>
  to ? (to.getTime() - from.getTime()) / 1000 : Number.NaN;

/** An incident as those see it who take part: the operator, the receiver of notifications and the readers. `rule` is the alert's. */
export function watchIncident(
  site: Awaited<ReturnType<typeof startIncidentSite>>,
  readers: ReturnType<typeof createReaders>,
  rule: string,
) {
  const { clock, operator } = site;
  const { db } = site.database;
  const alerts = () => db.alert.findMany({ where: { rule }, orderBy: { id: "asc" } });

  /** Waits until the operator's page, and its tab, say so. Neither was loaded again, and the clock stands still meanwhile. */
  async function sees({ headline, title }: Words) {
    const isSaid = () => headline.test(operator.headline()) && title.test(operator.title());
    await until(`the page says ${headline} and ${title}`, isSaid).catch((cause: unknown) => {
      throw new Error(`the page says "${operator.headline()}" and "${operator.title()}"`, { cause });
    });
  }

  return {
    alerts,
    async latest() {
      const alert = (await alerts()).at(-1);
      if (!alert) throw new Error("there is no alert");
      return alert;
    },
    /** The events that the receiver was notified of, in order. */
    events: () => site.notified(rule).map(({ event }) => event),
    /** The alert on the operator's page. */
    listed: () => operator.alerts(rule)[0],
    sees,

    /** Lets time pass while people read, one every three seconds. */
    async live(seconds: number, path: "redis" | "database") {
      for (let second = 0; second < seconds; second += 1) {
        await clock.pass(1);
        if (second % 3 === 0) await readers.arrives(path);
      }
    },

    /** Lets time pass until no alert is open, those of slower rules included. The page is calm again then, and the books balance. */
    async quiet() {
      for (let passed = 0; (await db.alert.count({ where: { resolvedAt: null } })) > 0; passed += 15) {
        expect(passed, "no alert stays open for long after the outage").toBeLessThan(900);
        await clock.pass(15, 5);
      }
      await clock.pass(5);
      await sees(CALM);
      expect(await readers.areSettled(), "every view counts once").toBe(true);
      expect(await site.readLedger()).toMatchObject({ drift: 0, knownLost: 0 });
    },

    /** From now on: where views are counted, as the page and its tab say it, without repeats. */
    follow() {
      const { headlines, titles } = operator;
      const [firstHeadline, firstTitle] = [headlines.length - 1, titles.length - 1];
      const places = (list: string[], database: RegExp) =>
        list
          .map((text) => (database.test(text) ? "database" : "Redis"))
          .filter((place, at, all) => place !== all[at - 1]);
      return () => ({
        headline: places(headlines.slice(firstHeadline), /[Cc]ount(ed|ing) in the database/),
        title: places(titles.slice(firstTitle), /Database since \d\d:\d\d/),
      });
    },
  };
}
