import { Link } from "@remix-run/react";
import { SEVERITIES } from "~/alerts/severity";
import { durationText } from "~/shared/duration-text";
import { SEVERITY_LABELS } from "~/shared/labels";
import { ActionDisclosure } from "~/ui/forms/action-disclosure";
import { ActionForm } from "~/ui/forms/action-form";
import { CheckField, DurationField, SelectField, TextField } from "~/ui/forms/fields";
import { Sentence } from "~/ui/time/sentence";
import { UtcTime } from "~/ui/time/utc-time";
import { AlertBadge } from "../alert-badge";
import { LimitBar } from "./limit-bar";
import type { RuleRow } from "./read-rules";

interface RuleControlProps {
  rule: RuleRow;
  now: string;
}

/** One rule: its status, its latest value against its limit, a form for its limits, and its silence. */
export function RuleControl({ rule, now }: RuleControlProps) {
  const { check, silenced } = rule;
  return (
    <ActionDisclosure
      name={rule.title}
      stateBelow
      forms={{ intents: ["edit-rule", "silence", "unsilence"], id: rule.kind }}
      state={
        <span className="inline-flex flex-wrap items-center gap-x-4 gap-y-1 text-ink sm:justify-end">
          {silenced && <span className="text-ink-muted">silenced</span>}
          <LimitBar value={check?.value ?? null} limit={rule.threshold} unit={rule.unit} state={rule.state} />
          <span className="inline-flex sm:w-24">
            <AlertBadge status={rule.state} />
          </span>
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
  const [before = "", after = ""] = rule.limitLabel;
  const threshold =
    rule.unit === "share"
      ? String(Math.round(rule.threshold * 100_000) / 1000)
      : rule.unit === "seconds"
        ? durationText(rule.threshold)
        : String(rule.threshold);
  const time = (name: "windowSeconds" | "forSeconds" | "keepFiringSeconds", label: string, unit = "") => (
    <Worded label={label} unit={unit} name={name} value={durationText(rule[name])} />
  );
  return (
    <ActionForm intent="edit-rule" id={rule.kind} button="Save" label={`Save: ${rule.title}`}>
      <div className="grid max-w-[48rem] gap-4 sm:grid-cols-2">
        <Worded label={before} unit={after} name="threshold" value={threshold} />
        {rule.looksBack && time("windowSeconds", "Measured over")}
        {time("forSeconds", "For at least")}
        {time("keepFiringSeconds", "Close after", "of quiet")}
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

interface WordedProps {
  label: string;
  /** The words after the field. */
  unit: string;
  name: string;
  value: string;
}

/** A field inside a sentence: "Fire above [5] % of views". */
const Worded = ({ label, unit, name, value }: WordedProps) => (
  <div className="flex items-end gap-2 text-sm">
    <div className="w-32 shrink-0">
      <TextField
        label={label}
        name={name}
        value={value}
        aria-description={unit || undefined}
        autoComplete="off"
        required
      />
    </div>
    {unit && <span className="pb-2 text-ink-muted">{unit}</span>}
  </div>
);

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
