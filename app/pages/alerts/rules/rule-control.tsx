import { Link } from "@remix-run/react";
import { SEVERITIES } from "~/alerts/severity";
import { formatDuration } from "~/shared/format";
import { SEVERITY_LABELS } from "~/shared/labels";
import { ActionDisclosure } from "~/ui/forms/action-disclosure";
import { ActionForm } from "~/ui/forms/action-form";
import { CheckField, DurationField, SelectField, TextField } from "~/ui/forms/fields";
import { Sentence } from "~/ui/time/sentence";
import { UtcTime } from "~/ui/time/utc-time";
import { AlertBadge } from "./alert-badge";
import type { RuleRow } from "./read-rules";

interface RuleControlProps {
  rule: RuleRow;
  now: string;
}

/** One rule: its status, its latest evaluation, a form for its limits, and its silence. */
export function RuleControl({ rule, now }: RuleControlProps) {
  const { check, silenced } = rule;
  const status = !rule.enabled ? "disabled" : (check?.phase ?? "no-data");
  return (
    <ActionDisclosure
      name={rule.title}
      forms={{ intents: ["edit-rule", "silence", "unsilence"], id: rule.kind }}
      state={
        <span className="inline-flex flex-wrap justify-end gap-x-3 text-ink">
          {silenced && <span className="text-ink-muted">silenced</span>}
          <AlertBadge status={status} />
        </span>
      }
    >
      <p className="figures max-w-[48rem] text-sm">
        {check ? <Sentence text={check.message} now={now} /> : "Not evaluated yet."}{" "}
        <Link to={`/admin/runbook#${rule.runbook}`} className="link whitespace-nowrap">
          What to do
        </Link>
      </p>
      <Edit rule={rule} />
      <Silence rule={rule} now={now} />
      {rule.updatedBy && (
        <p className="text-xs text-ink-muted">
          Edited by {rule.updatedBy} at <UtcTime at={rule.updatedAt} now={now} />.
        </p>
      )}
    </ActionDisclosure>
  );
}

function Edit({ rule }: { rule: RuleRow }) {
  const share = rule.unit === "share";
  const seconds = (name: "windowSeconds" | "forSeconds" | "keepFiringSeconds", label: string) => (
    <TextField
      label={`${label} (now ${formatDuration(rule[name])})`}
      name={name}
      value={rule[name]}
      type="number"
      min="0"
      step="1"
      required
    />
  );
  return (
    <ActionForm intent="edit-rule" id={rule.kind} button="Save" label={`Save: ${rule.title}`}>
      <div className="grid max-w-[48rem] gap-4 sm:grid-cols-2">
        <TextField
          label={`Limit: ${rule.thresholdLabel}${share ? ", in %" : ""}`}
          name="threshold"
          value={share ? Math.round(rule.threshold * 100_000) / 1000 : rule.threshold}
          type="number"
          min="0"
          step="any"
          required
        />
        {rule.looksBack && seconds("windowSeconds", "Looks back, in seconds")}
        {seconds("forSeconds", "Fires after, in seconds")}
        {seconds("keepFiringSeconds", "Keeps firing, in seconds")}
        <SelectField
          label="Severity"
          name="severity"
          value={rule.severity}
          options={SEVERITIES.map((value) => ({ value, label: SEVERITY_LABELS[value] }))}
        />
      </div>
      <CheckField label="Enabled" name="enabled" checked={rule.enabled} />
    </ActionForm>
  );
}

function Silence({ rule, now }: { rule: RuleRow; now: string }) {
  if (rule.silenced && rule.silencedUntil)
    return (
      <div className="flex flex-col gap-3 text-sm">
        <p>
          Silenced by {rule.silencedBy} until <UtcTime at={rule.silencedUntil} now={now} />:{" "}
          {rule.silenceReason}
        </p>
        <ActionForm
          intent="unsilence"
          id={rule.kind}
          button="End silence"
          label={`End silence: ${rule.title}`}
          quiet
        />
      </div>
    );
  return (
    <ActionForm
      intent="silence"
      id={rule.kind}
      button="Silence"
      label={`Silence: ${rule.title}`}
      reason
      quiet
      inline
    >
      <DurationField label="Silence for" />
    </ActionForm>
  );
}
