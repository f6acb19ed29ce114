import { Link } from "@remix-run/react";
import { ActionDisclosure, AnswerLine, type ControlAnswer, ControlForm } from "~/ui/forms/action-disclosure";

interface RunControlProps {
  /** The failed run to try again; null for a run of its own. */
  retry: number | null;
  paused: boolean;
  redisDown: boolean;
  answer: ControlAnswer | null;
}

/** Run a sync now, or a failed one again. While the sync is paused that must be confirmed. */
export function RunControl({ retry, paused, redisDown, answer }: RunControlProps) {
  return (
    <ActionDisclosure
      name={retry === null ? "Run now" : `Try run ${retry} again`}
      state={redisDown ? "Redis is away" : paused ? "paused" : "at any time"}
      open={answer !== null || retry !== null}
    >
      <AnswerLine answer={answer} />
      {redisDown && (
        <p className="max-w-measure text-sm">
          The worker is asked by way of Redis, which does not answer. Nothing is lost: what waits, waits on
          Redis's disk.
        </p>
      )}
      {retry !== null && (
        <p className="max-w-measure text-sm">
          What run {retry} did not carry still waits. A new run carries that, and what came since.{" "}
          <Link to="/admin/sync" className="link" preventScrollReset>
            Not now
          </Link>
        </p>
      )}
      <ControlForm
        control="run"
        button={retry === null ? "Run sync now" : "Try again"}
        hidden={retry === null ? {} : { run: String(retry) }}
      >
        {paused && (
          <label className="flex items-center gap-2 text-sm">
            <input type="checkbox" name="force" value="yes" className="size-4 accent-(--accent)" />
            Run it though the sync is paused
          </label>
        )}
      </ControlForm>
    </ActionDisclosure>
  );
}
