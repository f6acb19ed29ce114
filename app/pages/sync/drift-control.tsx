import { Link } from "@remix-run/react";
import { describeDrift } from "~/shared/labels";
import { ActionDisclosure } from "~/ui/forms/action-disclosure";
import { ActionForm } from "~/ui/forms/action-form";
import type { PartialDrift } from "./actions/explain-drift";

interface DriftControlProps {
  /** Null while the ledger cannot be read. */
  drift: PartialDrift[] | null;
}

/** The parts of the ledger that do not add up, each with a form for its explanation. */
export const DriftControl = ({ drift }: DriftControlProps) => (
  <ActionDisclosure name="Explain a drift" state={stateOf(drift)} forms={{ intents: ["explain"] }}>
    <p className="text-sm">
      {drift === null ? (
        "The ledger cannot be read while Redis is unreachable."
      ) : drift.length === 0 ? (
        "There is nothing to explain."
      ) : (
        <>
          Find the cause first: the{" "}
          <Link to="/admin/runbook#counts-differ" className="link">
            runbook
          </Link>{" "}
          says where to look. A drift that is explained is not shown any more, and stays in the audit log.
        </>
      )}
    </p>
    {drift?.map(({ part, views }) => (
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

function stateOf(drift: PartialDrift[] | null) {
  if (drift === null) return "unknown";
  return drift.length === 0 ? "the ledger adds up" : "the ledger does not add up";
}
