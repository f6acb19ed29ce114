import type { SerializeFrom } from "@remix-run/node";
import { Link } from "@remix-run/react";
import type { ReactNode } from "react";
import type { Panel } from "~/shared/panel";
import { ActionForm } from "~/ui/forms/action-form";
import { ActionProvider } from "~/ui/forms/action-provider";
import { ResultLine } from "~/ui/forms/result-line";
import { PanelView } from "~/ui/panel-view";
import type { readFirstSteps } from "./read-first-steps";
import type { StepsDone } from "./read-steps-done";

type FirstSteps = SerializeFrom<Awaited<ReturnType<typeof readFirstSteps>>>;

const DRILL_SECONDS = 60;

/** What to try on a new site, ticked as it happens. Nothing once it was dismissed, or where the site is neither a demo nor young. */
export const FirstStepsCard = ({
  steps,
  done,
}: {
  steps: Panel<FirstSteps>;
  done: Panel<StepsDone | null>;
}) => (
  <PanelView panel={steps}>
    {(found) =>
      found && (
        <PanelView panel={done}>{(ticked) => ticked && <Card steps={found} done={ticked} />}</PanelView>
      )
    }
  </PanelView>
);

const Card = ({
  steps: { chapter, freeze, mayDrill, mayDismiss },
  done,
}: {
  steps: NonNullable<FirstSteps>;
  done: StepsDone;
}) => (
  <section aria-labelledby="first-steps" className="flex flex-col gap-3 rounded-md border border-line p-4">
    <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
      <h2 id="first-steps" className="text-base font-semibold">
        First steps
      </h2>
      {mayDismiss && (
        <ActionProvider>
          <ActionForm
            intent="dismiss-first-steps"
            button="Dismiss"
            label="Dismiss the first steps"
            quiet
            inline
          />
        </ActionProvider>
      )}
    </div>
    <ol className="grid gap-x-8 gap-y-3 text-sm md:grid-cols-2 xl:grid-cols-4">
      <Step name="See a view arrive" done={done.view}>
        {chapter && (
          <>
            <a href={chapter} target="_blank" rel="noreferrer" className="link">
              Open a chapter in a new tab
            </a>
            , and watch the charts below: a view counts once per reader and day.
          </>
        )}
      </Step>
      <Step name="Rehearse an outage" done={done.drill}>
        Every process acts as if Redis were away for {DRILL_SECONDS} seconds. The{" "}
        <Link to="/admin/drill" className="link">
          drill page
        </Link>{" "}
        says what that proved.
        {mayDrill && (
          <div className="mt-2">
            <ActionProvider>
              <ActionForm
                intent="start-drill"
                hidden={{ seconds: String(DRILL_SECONDS) }}
                button="Start a drill of 60 s"
                quiet
                inline
              />
              <ResultLine of={{ intents: ["start-drill"] }} />
            </ActionProvider>
          </div>
        )}
      </Step>
      <Step name="Freeze Redis for real" done={done.freeze}>
        {freeze ? (
          <>
            In a terminal of this machine; it resumes by itself after 30 seconds:
            <code className="mt-1 block rounded bg-ground py-1 break-words select-all">{freeze}</code>
          </>
        ) : (
          "Stop your Redis for half a minute where that is harmless, and watch where views are counted meanwhile."
        )}
      </Step>
      <Step name="Read what the audit kept" done={done.audit}>
        <Link to="/admin/audit" className="link">
          Open the audit
        </Link>
        : who did what, when and why.
      </Step>
    </ol>
  </section>
);

function Step({ name, done, children }: { name: string; done: boolean; children: ReactNode }) {
  return (
    <li className="grid grid-cols-[1.25rem_1fr] content-start gap-x-2">
      <span aria-hidden="true" className={done ? "text-ok" : "text-ink-muted"}>
        {done ? "✓" : "○"}
      </span>
      <div className="min-w-0">
        <p className="font-medium">
          {name}
          <span className="font-normal text-ink-muted">{done ? " · done" : " · not yet"}</span>
        </p>
        <div className="text-ink-muted">{children}</div>
      </div>
    </li>
  );
}
