import { ActionDisclosure, AnswerLine, type ControlAnswer, ControlForm } from "~/ui/forms/action-disclosure";

interface SwitchControlProps {
  store: "redis" | "database";
  /** Whose choice it is: hers in her words, or "" for the default. */
  reason: string;
  /** The site was started without Redis. */
  fixed: boolean;
  answer: ControlAnswer | null;
}

/** Where views are counted while all is well: moved for every process, without a restart. */
export function SwitchControl({ store, reason, fixed, answer }: SwitchControlProps) {
  const toDatabase = store === "redis";
  return (
    <ActionDisclosure
      name="Count in"
      state={
        <>
          {store === "redis" ? "Redis" : "the database"}
          {reason && `: ${reason}`}
        </>
      }
      open={answer !== null}
    >
      <AnswerLine answer={answer} />
      {fixed ? (
        <p className="max-w-measure text-sm">
          This site was started without Redis (VIEW_TRACKING_REDIS_ENABLED is false), so there is nothing to
          switch to.
        </p>
      ) : (
        <>
          <p className="max-w-measure text-sm">
            {toDatabase
              ? "Every process moves to the database within 5 seconds, without a restart: each counted view is then one row, and totals move at once."
              : "Every process moves back to Redis within 5 seconds. It has been told of the views counted meanwhile, up to the last minute, so nobody counts twice."}
          </p>
          <ControlForm
            control="switch"
            button={toDatabase ? "Count in the database" : "Count in Redis"}
            hidden={{ store: toDatabase ? "database" : "redis" }}
          >
            {toDatabase && (
              <fieldset className="flex flex-col gap-2 text-sm">
                <legend className="mb-1 text-ink-muted">What waits in Redis</legend>
                {[
                  { value: "drain", label: "Drain first: a sync carries it at once, so that nothing waits" },
                  { value: "at-once", label: "At once: it moves with the next sync" },
                ].map(({ value, label }) => (
                  <label key={value} className="flex items-baseline gap-2">
                    <input
                      type="radio"
                      name="how"
                      value={value}
                      defaultChecked={value === "drain"}
                      className="size-4 shrink-0 translate-y-0.5 accent-(--accent)"
                    />
                    {label}
                  </label>
                ))}
              </fieldset>
            )}
          </ControlForm>
        </>
      )}
    </ActionDisclosure>
  );
}
