import type { SerializeFrom } from "@remix-run/node";
import { formatNumber } from "~/shared/format";
import type { Panel } from "~/shared/panel";
import { ActionForm } from "~/ui/forms/action-form";
import { ActionProvider } from "~/ui/forms/action-provider";
import { ResultLine } from "~/ui/forms/result-line";
import { PanelView } from "~/ui/panel-view";
import { UtcTime } from "~/ui/time/utc-time";
import type { readDemo } from "./read-demo";

type Demo = SerializeFrom<Awaited<ReturnType<typeof readDemo>>>;

const INTENT = "demo-readers";

/** On a demo site: that it is one, until when everything was made up, and whether made-up readers read it now. */
export const DemoStrip = ({ demo, now }: { demo: Panel<Demo>; now: string }) => (
  <PanelView panel={demo}>{(data) => data && <Strip demo={data} now={now} />}</PanelView>
);

function Strip({
  demo: { until, readers, there, mayChange },
  now,
}: {
  demo: NonNullable<Demo>;
  now: string;
}) {
  const reading = readers.on && there;
  return (
    <section aria-label="Demo" className="flex flex-wrap items-center gap-x-4 gap-y-2 text-sm">
      <p className="inline-flex min-h-8 items-center gap-2 rounded-full border border-line px-3">
        <span aria-hidden="true" className={`size-2 rounded-full ${reading ? "bg-ok" : "bg-ink-muted"}`} />
        <span className="figures">
          Demo readers:{" "}
          {reading
            ? `on, about ${formatNumber(readers.perSecond)}/s`
            : readers.on
              ? "not running (npm run demo starts them)"
              : "off"}
        </span>
      </p>
      {mayChange && there && (
        <ActionProvider>
          <ActionForm
            intent={INTENT}
            hidden={{ on: String(!readers.on) }}
            button={readers.on ? "Stop" : "Start"}
            label={readers.on ? "Stop the demo readers" : "Start the demo readers"}
            quiet
            inline
          />
          <ResultLine of={{ intents: [INTENT] }} />
        </ActionProvider>
      )}
      {until && (
        <p className="text-ink-muted">
          Everything before <UtcTime at={until} now={now} /> was made up by the demo.
        </p>
      )}
    </section>
  );
}
