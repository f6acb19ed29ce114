import { ActionDisclosure } from "~/ui/forms/action-disclosure";
import { ActionForm } from "~/ui/forms/action-form";
import { RadioField } from "~/ui/forms/fields";

interface SwitchControlProps {
  store: "redis" | "database";
  /** The reason that an operator gave; "" for the default. */
  reason: string;
  /** The site was started without Redis. */
  withoutRedis: boolean;
}

/** The store in which views are counted while all is well, and a switch to the other for every process. */
export function SwitchControl({ store, reason, withoutRedis }: SwitchControlProps) {
  return (
    <ActionDisclosure
      name="Count in"
      state={
        <>
          {store === "redis" ? "Redis" : "the database"}
          {reason && `: ${reason}`}
        </>
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
        <ToRedis />
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
    </ActionForm>
  </>
);

const ToRedis = () => (
  <>
    <p className="max-w-measure text-sm">
      Every process moves back to Redis within 5 seconds. Redis already knows the views counted meanwhile, up
      to the last minute, so no reader is counted twice.
    </p>
    <ActionForm intent="switch" button="Count in Redis" hidden={{ store: "redis" }} reason />
  </>
);
