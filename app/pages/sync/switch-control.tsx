import { formatDuration } from "~/shared/format";
import { ActionDisclosure } from "~/ui/forms/action-disclosure";
import { ActionForm } from "~/ui/forms/action-form";
import { RadioField, SelectField } from "~/ui/forms/fields";
import { UtcTime } from "~/ui/time/utc-time";

interface SwitchControlProps {
  store: "redis" | "database";
  /** The reason that an operator gave for the database. */
  reason: string;
  /** When views are counted in Redis again, ISO; null: when an operator switches back. */
  until: string | null;
  now: string;
  /** The site was started without Redis. */
  withoutRedis: boolean;
}

/** For how long the database is on offer. People forget to switch back. */
const LENGTHS = [
  { value: "", label: "when an operator switches back" },
  ...[0.5, 1, 2, 4, 8, 24, 72].map((hours) => ({
    value: hours,
    label: `by itself in ${formatDuration(hours * 3600)}`,
  })),
];

/** The store in which views are counted while all is well, and a switch to the other for every process. */
export function SwitchControl({ store, reason, until, now, withoutRedis }: SwitchControlProps) {
  return (
    <ActionDisclosure
      name="Count in"
      state={
        store === "redis" ? (
          "Redis"
        ) : (
          <>
            the database
            {until && (
              <>
                {" "}
                until <UtcTime at={until} now={now} />
              </>
            )}
            {reason && `: ${reason}`}
          </>
        )
      }
      forms={{ intents: ["switch"] }}
    >
      {withoutRedis ? (
        <p className="max-w-measure text-sm">
          This site was started without Redis (VIEW_TRACKING_REDIS_ENABLED is false), so there is no other
          store.
        </p>
      ) : store === "redis" ? (
        <ToDatabase />
      ) : (
        <ToRedis until={until} now={now} />
      )}
    </ActionDisclosure>
  );
}

const ToDatabase = () => (
  <>
    <p className="max-w-measure text-sm">
      Every process moves to the database within 5 seconds, without a restart. Each counted view is then one
      row, and totals change at once.
    </p>
    <ActionForm intent="switch" button="Count in the database" hidden={{ store: "database" }} reason>
      <RadioField
        label="Views waiting in Redis"
        name="how"
        value="drain"
        options={[
          { value: "drain", label: "Drain: a sync moves them right after the switch" },
          { value: "at-once", label: "Leave them: the next sync moves them" },
        ]}
      />
      <SelectField label="Back to Redis" name="hours" value="" options={LENGTHS} />
    </ActionForm>
  </>
);

const ToRedis = ({ until, now }: Pick<SwitchControlProps, "until" | "now">) => (
  <>
    <p className="max-w-measure text-sm">
      Every process moves back to Redis within 5 seconds. Redis already knows the views counted meanwhile, up
      to the last minute, so no reader is counted twice.
      {until && (
        <>
          {" "}
          It happens by itself at <UtcTime at={until} now={now} />.
        </>
      )}
    </p>
    <ActionForm intent="switch" button="Count in Redis" hidden={{ store: "redis" }} reason />
  </>
);
