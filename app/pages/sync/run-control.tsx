import { Link } from "@remix-run/react";
import { ActionDisclosure } from "~/ui/forms/action-disclosure";
import { ActionForm } from "~/ui/forms/action-form";
import { CheckField } from "~/ui/forms/fields";

interface RunControlProps {
  /** The failed run to retry; null for a new run. */
  retry: number | null;
  paused: boolean;
  redisDown: boolean;
}

/** Runs a sync now, or retries a failed one. During a pause, either must be confirmed. */
export function RunControl({ retry, paused, redisDown }: RunControlProps) {
  const confirm = paused && <CheckField label="Run even though the sync is paused" name="force" />;
  return (
    <ActionDisclosure
      name={retry === null ? "Run now" : `Retry run ${retry}`}
      state={redisDown ? "Redis is unreachable" : paused ? "paused" : "at any time"}
      forms={{ intents: ["run", "retry"] }}
      open={retry !== null}
    >
      {redisDown && (
        <p className="max-w-measure text-sm">
          Requests reach the worker through Redis, which is unreachable. No view is lost: those waiting to
          sync are kept on Redis's disk.
        </p>
      )}
      {retry === null ? (
        <ActionForm intent="run" button="Run sync now" reason={paused ? true : "optional"}>
          {confirm}
        </ActionForm>
      ) : (
        <>
          <p className="max-w-measure text-sm">
            The views that run {retry} did not move are still waiting to sync. A new run moves them, and all
            views since.{" "}
            <Link to="/admin/sync" className="link" preventScrollReset>
              Not now
            </Link>
          </p>
          <ActionForm
            intent="retry"
            button="Retry"
            hidden={{ run: String(retry) }}
            reason={paused ? true : "optional"}
          >
            {confirm}
          </ActionForm>
        </>
      )}
    </ActionDisclosure>
  );
}
