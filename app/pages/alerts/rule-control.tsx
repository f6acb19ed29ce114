import { Link } from "@remix-run/react";
import { formatDuration } from "~/shared/format";
import { ActionDisclosure, AnswerLine, type ControlAnswer, Labelled } from "~/ui/forms/action-disclosure";
import { ActionForm, SpanField } from "~/ui/forms/action-form";
import { Sentence } from "~/ui/time/sentence";
import { UtcTime } from "~/ui/time/utc-time";
import { AlertBadge } from "./alert-badge";
import type { RuleRow } from "./read-rules";

interface RuleControlProps {
  rule: RuleRow;
  now: string;
  answer: ControlAnswer | null;
}

/** One rule: its status, and behind it its latest evaluation, its numbers to edit and its silence. */
export function RuleControl({ rule, now, answer }: RuleControlProps) {
  const mine = answer?.control.endsWith(` ${rule.kind}`) ? answer : null;
  const { check, silenced } = rule;
  const status = !rule.enabled ? "disabled" : (check?.phase ?? "no-data");
  return (
    <ActionDisclosure
      name={rule.title}
      open={mine !== null}
      state={
        <span className="inline-flex flex-wrap justify-end gap-x-3 text-ink">
          {silenced && <span className="text-ink-muted">silenced</span>}
          <AlertBadge status={status} />
        </span>
      }
    >
      <AnswerLine answer={mine} />
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
    <Labelled label={`${label} (now ${formatDuration(rule[name])})`}>
      <input
        className="field figures"
        type="number"
        name={name}
        min="0"
        step="1"
        required
        defaultValue={rule[name]}
      />
    </Labelled>
  );
  return (
    <ActionForm deed="edit-rule" id={rule.kind} button="Save" label={`Save: ${rule.title}`}>
      <div className="grid max-w-[48rem] gap-4 sm:grid-cols-2">
        <Labelled label={`Limit: ${rule.thresholdLabel}${share ? ", in %" : ""}`}>
          <input
            className="field figures"
            type="number"
            name="threshold"
            min="0"
            step="any"
            required
            defaultValue={share ? Math.round(rule.threshold * 100_000) / 1000 : rule.threshold}
          />
        </Labelled>
        {rule.looksBack && seconds("windowSeconds", "Looks back, in seconds")}
        {seconds("forSeconds", "Fires after, in seconds")}
        {seconds("keepFiringSeconds", "Keeps firing, in seconds")}
      </div>
      <label className="flex items-center gap-2 text-sm">
        <input type="checkbox" name="enabled" defaultChecked={rule.enabled} className="size-5" />
        Enabled
      </label>
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
          deed="unsilence"
          id={rule.kind}
          button="End silence"
          label={`End silence: ${rule.title}`}
          quiet
        />
      </div>
    );
  return (
    <ActionForm deed="silence" id={rule.kind} button="Silence" label={`Silence: ${rule.title}`} quiet inline>
      <SpanField label="Silence for" />
      <Labelled label="Why (kept in the audit)">
        <input className="field" name="reason" required maxLength={500} autoComplete="off" />
      </Labelled>
    </ActionForm>
  );
}
