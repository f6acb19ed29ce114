import { ActionForm } from "~/ui/forms/action-form";
import { ResultLine } from "~/ui/forms/result-line";
import { UtcTime } from "~/ui/time/utc-time";
import type { AccountPageProps } from "./account-page";

/** A person's sessions, this browser's first; each other one can be ended. */
export function SessionList({ sessions, now }: Pick<AccountPageProps, "sessions" | "now">) {
  const others = sessions.filter(({ current }) => !current).length;
  return (
    <>
      <ResultLine of={{ intents: ["end-session", "end-others"] }} />
      <ul className="flex flex-col text-sm">
        {sessions.map(({ id, browser, startedAt, usedAt, current }) => (
          <li key={id} className="flex items-center justify-between gap-4 border-b border-line py-3">
            <div className="min-w-0">
              <p className="font-medium">
                {browser} {current && <span className="ml-1 font-normal text-ink-muted">this browser</span>}
              </p>
              <p className="figures mt-0.5 text-ink-muted">
                Since <UtcTime at={startedAt} now={now} />
                {!current && (
                  <>
                    , last used <UtcTime at={usedAt} now={now} />
                  </>
                )}
              </p>
            </div>
            {!current && (
              <ActionForm
                intent="end-session"
                id={id}
                button="End"
                label={`End the session of ${browser}`}
                quiet
                inline
              />
            )}
          </li>
        ))}
      </ul>
      {others > 1 && <ActionForm intent="end-others" button="End all others" quiet />}
      <p className="text-sm text-ink-muted">
        If you do not recognise one of them, end it and change your password.
      </p>
    </>
  );
}
