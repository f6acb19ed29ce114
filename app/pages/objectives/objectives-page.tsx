import type { SerializeFrom } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { formatDuration, formatNumber, formatPercent, formatShare } from "~/shared/format";
import { BUDGET_DAYS, budgetLeft, goodShare } from "~/shared/objectives";
import { ActionDisclosure } from "~/ui/forms/action-disclosure";
import { ActionForm } from "~/ui/forms/action-form";
import { ActionProvider } from "~/ui/forms/action-provider";
import { TextField } from "~/ui/forms/fields";
import { PanelView } from "~/ui/panel-view";
import { Section } from "~/ui/section";
import { FreshMain } from "~/ui/shell/freshness";
import { StatStrip } from "~/ui/stat-strip";
import { useRefresh } from "~/ui/use-refresh";
import { BudgetFigure } from "./budget-figure";
import { formatRunOut, formatSpent, type Standing, standingOf } from "./budget-words";
import type { loadObjectivesPage } from "./load-objectives-page";
import type { ObjectiveReport } from "./read-objectives";

const REFRESH_MS = 30_000;

type Report = SerializeFrom<ObjectiveReport>;

/** What the site promises, how much of it was kept in the last 30 days, and how fast the error budget is spent. */
export function ObjectivesPage() {
  const { now, objectives, intervalHours, mayChange } = useLoaderData<typeof loadObjectivesPage>();
  useRefresh(REFRESH_MS);
  return (
    <FreshMain readAt={now} withinMs={4 * REFRESH_MS}>
      <PanelView panel={objectives}>
        {(reports) => (
          <ActionProvider>
            <div className="flex flex-col gap-2">
              <h1 className="text-xl font-semibold sm:text-2xl">{headline(reports)}</h1>
              <p className="max-w-[48rem] text-sm text-ink-muted">
                A target leaves an error budget: what may go wrong in 30 days. Alerts fire when it is spent so
                fast that it would not last; a pause or a drill spends it too, as readers and editors notice
                them.
              </p>
            </div>
            <div className="flex flex-col gap-12">
              {reports.map((report) => (
                <ObjectiveSection
                  key={report.key}
                  report={report}
                  now={now}
                  intervalHours={intervalHours}
                  mayChange={mayChange}
                />
              ))}
            </div>
            <p className="flex flex-wrap gap-4 text-xs">
              <a className="link" href="/admin/objectives.csv" download>
                Report of 30 days (CSV)
              </a>
              <a className="link" href="/admin/objectives.json">
                Report of 30 days (JSON)
              </a>
            </p>
          </ActionProvider>
        )}
      </PanelView>
    </FreshMain>
  );
}

function headline(reports: Report[]) {
  const standings = reports.map(standingOf);
  const names = (standing: Standing) =>
    reports.filter((_, i) => standings[i] === standing).map(({ name }) => name);
  const missed = names("missed");
  if (missed.length > 0) return `Missed in the last 30 days: ${missed.join(", ")}`;
  const spending = names("spending");
  if (spending.length > 0) return `Met, but the budget is being spent too fast: ${spending.join(", ")}`;
  if (names("unknown").length === reports.length) return "Objectives · nothing has been counted yet";
  return "All objectives are met";
}

interface ObjectiveSectionProps {
  report: Report;
  now: string;
  intervalHours: number;
  mayChange: boolean;
}

const STANDINGS: Record<Standing, string> = {
  met: "Met",
  spending: "Met, spending fast",
  missed: "Missed",
  unknown: "Nothing counted yet",
};

function ObjectiveSection({ report, now, intervalHours, mayChange }: ObjectiveSectionProps) {
  const { key, name, promise, target, tally, before, burn, unit } = report;
  const good = goodShare(tally);
  const goodBefore = goodShare(before);
  const left = budgetLeft(tally, target);
  const standing = standingOf(report);
  const [lastHour, ...longer] = burn;
  return (
    <Section title={`${name}: ${formatShare(target)} ${promise}`}>
      {key === "historyFresh" && (
        <p className="text-sm text-ink-muted">
          The interval is {formatDuration(intervalHours * 3600)} now, and a run may take a twentieth of it on
          top.
        </p>
      )}
      <StatStrip
        stats={[
          {
            name: "Good, last 30 days",
            value: good === null ? "–" : formatShare(good),
            note:
              goodBefore === null
                ? "no reports from the 30 days before"
                : `${formatShare(goodBefore)} in the 30 days before`,
          },
          {
            name: "Standing",
            value: (
              <span className={standing === "missed" ? "text-alarm" : undefined}>{STANDINGS[standing]}</span>
            ),
            note: `target ${formatShare(target)}`,
          },
          {
            name: "Error budget left",
            value: left === null ? "–" : formatPercent(Math.max(0, left)),
            note: left === null ? "nothing counted" : formatSpent(tally, target, unit),
          },
          {
            name: "Spending, last hour",
            value: lastHour ? `${formatNumber(Math.round(lastHour.rate * 10) / 10)} ×` : "–",
            note: [
              formatRunOut(report, BUDGET_DAYS),
              ...longer.map(
                ({ seconds, rate }) =>
                  `${formatNumber(Math.round(rate * 10) / 10)} × in ${formatDuration(seconds)}`,
              ),
            ]
              .filter(Boolean)
              .join(" · "),
          },
        ]}
      />
      <div className="grid items-start gap-x-14 gap-y-4 lg:grid-cols-[3fr_1fr]">
        <BudgetFigure objective={report} now={now} />
        {mayChange && <TargetControl report={report} />}
      </div>
    </Section>
  );
}

const TargetControl = ({ report: { key, target, promise } }: { report: Report }) => (
  <ActionDisclosure name="Target" state={formatShare(target)} forms={{ intents: ["target"], id: key }}>
    <ActionForm intent="target" id={key} button="Change the target" reason>
      <TextField
        label={`At least this share ${promise}, in %`}
        name="percent"
        value={Number((target * 100).toFixed(5))}
        inputMode="decimal"
        required
      />
    </ActionForm>
  </ActionDisclosure>
);
