import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { useActionData, useFetcher, useLoaderData, useRevalidator } from "@remix-run/react";
import { useEffect } from "react";
import { LatencyFigure } from "~/components/charts/latency-figure";
import { ViewsFigure } from "~/components/charts/views-figure";
import { FallbackTable } from "~/components/tables/fallback-table";
import { LedgerTable } from "~/components/tables/ledger-table";
import { ModeChangeTable } from "~/components/tables/mode-change-table";
import { NowStrip } from "~/components/tables/now-strip";
import { PanelView } from "~/components/tables/panel-view";
import { ProcessTable } from "~/components/tables/process-table";
import { RangeLinks } from "~/components/tables/range-links";
import { Section } from "~/components/tables/section";
import { SyncRunTable } from "~/components/tables/sync-run-table";
import { UtcTime } from "~/components/tables/utc-time";
import { VerdictView } from "~/components/tables/verdict-view";
import { readOverview } from "~/observe/overview";
import { SAMPLE_RANGES, sampleRange } from "~/observe/series";
import { requireRight } from "~/platform/rights";

const REFRESH_MS = 10_000;

export async function loader({ context, request }: LoaderFunctionArgs) {
  await requireRight(context, request, "admin.view");
  const { db, env, log, liveStatus, mode, process, readLedger } = context.runtime;
  const range = sampleRange(new URL(request.url).searchParams.get("range"));
  const sources = {
    db,
    liveStatus,
    readLedger,
    mode,
    process,
    syncIntervalHours: env.VIEW_SYNC_INTERVAL_HOURS,
    onError: (what: string, error: unknown) =>
      log.error({ err: error, what }, "a panel of the overview failed"),
  };
  return readOverview(sources, range, new Date());
}

interface Answer {
  ok: boolean;
  text: string;
}

export async function action({ context, request }: ActionFunctionArgs): Promise<Answer> {
  const user = await requireRight(context, request, "sync.run");
  const { queue, db } = context.runtime;
  const result = await queue.runNow(`run now by ${user.name}`);
  await db.auditEvent.create({
    data: {
      actorId: user.id,
      actor: user.email,
      action: "sync.run",
      target: "sync",
      after: result.ok ? { asked: true } : { asked: false, why: result.why },
    },
  });
  return result.ok
    ? { ok: true, text: "The worker has been asked to sync. The run appears in the table within seconds." }
    : { ok: false, text: result.why };
}

export default function Overview() {
  const overview = useLoaderData<typeof loader>();
  useRefresh();
  const { now, range } = overview;
  return (
    <main className="mx-auto flex max-w-instrument flex-col gap-10 px-5 pt-8 pb-20 sm:px-8">
      {!overview.current.ok && (
        <h1 className="text-xl font-semibold sm:text-2xl">The present state is not known</h1>
      )}
      <PanelView panel={overview.current}>
        {(current) => (
          <div className="flex flex-col gap-6">
            <VerdictView verdict={current.verdict} />
            <NowStrip current={current} now={now} />
          </div>
        )}
      </PanelView>

      <section aria-label="Views over time" className="flex flex-col gap-6">
        <RangeLinks
          label="Range"
          chosen={range.key}
          ranges={SAMPLE_RANGES.map(({ key, label }) => ({ label, key, to: `?range=${key}` }))}
        />
        <PanelView panel={overview.samples}>
          {(samples) => (
            <div className="grid gap-10 lg:grid-cols-[3fr_2fr]">
              <ViewsFigure samples={samples} />
              <LatencyFigure samples={samples} />
            </div>
          )}
        </PanelView>
      </section>

      <div className="grid gap-10 lg:grid-cols-[3fr_2fr]">
        <Section title="Syncs" raw="sync-runs.csv" aside={<RunSyncNow />}>
          <PanelView panel={overview.syncRuns}>{(runs) => <SyncRunTable runs={runs} now={now} />}</PanelView>
          <p className="max-w-[48rem] text-xs text-ink-muted">
            A view of a chapter counts for the chapter and for its story, so it waits, and moves, as two.
          </p>
        </Section>
        <Section title="Where every accepted view is" json="/admin/ledger.json">
          <PanelView panel={overview.ledger}>{(ledger) => <LedgerTable {...ledger} />}</PanelView>
        </Section>
        <Section title="Where each process counts">
          <PanelView panel={overview.current}>
            {(current) => <ProcessTable processes={current.processes} now={now} />}
          </PanelView>
        </Section>
        <Section
          title="Latest views counted in the database"
          raw="fallback-story-views.csv"
          rawMore="fallback-chapter-views.csv"
        >
          <PanelView panel={overview.fallbacks}>
            {(views) => <FallbackTable views={views} now={now} />}
          </PanelView>
        </Section>
        <Section title="When counting moved, and why" raw="mode-changes.csv">
          <PanelView panel={overview.modeChanges}>
            {(changes) => <ModeChangeTable changes={changes} now={now} />}
          </PanelView>
        </Section>
      </div>
      <p className="text-xs text-ink-muted">
        Read at <UtcTime at={now} now={now} seconds />; read again every 10 seconds while this page is in
        view.
      </p>
    </main>
  );
}

/** The button and what came of it. The fetcher keeps the answer over the page's own refreshing. */
function RunSyncNow() {
  const fetcher = useFetcher<typeof action>();
  const withoutScript = useActionData<typeof action>();
  const answer = fetcher.data ?? withoutScript;
  const busy = fetcher.state !== "idle";
  return (
    <fetcher.Form
      method="post"
      action="/admin?index"
      className="flex flex-wrap items-center justify-end gap-3"
    >
      <output className={`text-sm ${answer && !answer.ok ? "text-ink" : "text-ink-muted"}`}>
        {busy ? "Asking the worker…" : answer?.text}
      </output>
      <button type="submit" className="button button-quiet" disabled={busy}>
        Run sync now
      </button>
    </fetcher.Form>
  );
}

/** Reads the page's numbers again every ten seconds, and at once when the tab comes back into view. */
function useRefresh() {
  const { revalidate, state } = useRevalidator();
  useEffect(() => {
    const refresh = () => {
      if (document.visibilityState === "visible" && state === "idle") revalidate();
    };
    const timer = setInterval(refresh, REFRESH_MS);
    document.addEventListener("visibilitychange", refresh);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", refresh);
    };
  }, [revalidate, state]);
}
