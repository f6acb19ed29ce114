import { describeDrift } from "~/shared/labels";
import { ActionDisclosure } from "~/ui/forms/action-disclosure";
import { ActionForm } from "~/ui/forms/action-form";
import type { PartialDrift } from "./actions/explain-drift";

/** The parts of the ledger that do not add up, each with a form for its explanation. */
export const DriftControl = ({ drift }: { drift: PartialDrift[] }) => (
  <ActionDisclosure
    name="Explain a drift"
    state={drift.length === 0 ? "the ledger adds up" : "the ledger does not add up"}
    forms={{ intents: ["explain"] }}
  >
    {drift.length === 0 ? (
      <p className="text-sm">There is nothing to explain.</p>
    ) : (
      <p className="text-sm">
        Find the cause first: the runbook says where to look. A drift that is explained is not shown any more,
        and stays in the audit log.
      </p>
    )}
    {drift.map(({ part, views }) => (
      <div key={part} className="flex flex-col gap-2">
        <p className="figures text-sm">{describeDrift(part, views)}</p>
        <ActionForm
          intent="explain"
          id={part}
          button="Explain it"
          hidden={{ part, views: String(views) }}
          reason
        />
      </div>
    ))}
  </ActionDisclosure>
);
