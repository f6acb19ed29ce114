import type { SerializeFrom } from "@remix-run/node";
import { formatAgo, formatCount } from "~/shared/format";
import type { FailedJob } from "~/telemetry/queue-reading";
import { ActionDisclosure } from "~/ui/forms/action-disclosure";
import { ActionForm } from "~/ui/forms/action-form";
import { ActionProvider } from "~/ui/forms/action-provider";
import { ResultLine } from "~/ui/forms/result-line";
import { UtcTime } from "~/ui/time/utc-time";

interface FailedJobsProps {
  failures: SerializeFrom<FailedJob>[];
  /** Whether the signed-in person may retry jobs. */
  mayChange: boolean;
  now: string;
}

/** The latest failed jobs, each with its reason and a retry. */
export function FailedJobs({ failures, mayChange, now }: FailedJobsProps) {
  return (
    <ActionProvider>
      {/* A job that is retried leaves the list, and its answer stays. */}
      <ResultLine of={{ intents: ["retry"] }} />
      {failures.length === 0 ? (
        <p className="text-sm text-ink-muted">
          None. A sync that fails is tried five times before it is listed here.
        </p>
      ) : (
        <div>
          {failures.map((job) => (
            <ActionDisclosure
              key={job.id}
              name={`${job.trigger}: ${job.reason}`}
              state={job.failedAt ? formatAgo(Date.parse(job.failedAt), Date.parse(now)) : "time unknown"}
              forms={{ intents: [] }}
            >
              <p className="max-w-measure text-sm">
                Job <code className="break-all">{job.id}</code> failed{" "}
                {job.failedAt && (
                  <>
                    at <UtcTime at={job.failedAt} now={now} seconds />{" "}
                  </>
                )}
                after {formatCount(job.attempts, "attempt")} of {job.allowed}. The views that it did not move
                are still in Redis; any later sync moves them.
              </p>
              {mayChange && (
                <ActionForm intent="retry" id={job.id} button="Retry" label={`Retry job ${job.id}`} reason />
              )}
            </ActionDisclosure>
          ))}
        </div>
      )}
    </ActionProvider>
  );
}
