import { useState } from "react";
import { REPEAT_MINUTES } from "~/alerts/repeat-minutes";
import { SEVERITIES } from "~/alerts/severity";
import { formatDuration } from "~/shared/format";
import { ActionForm } from "~/ui/forms/action-form";
import { useResult } from "~/ui/forms/action-provider";
import { SelectField, TextField } from "~/ui/forms/fields";
import { useReadOnly } from "~/ui/forms/read-only";
import type { KindRow } from "./read-channels";

const FORM_ID = "new-channel";

interface NewChannelProps {
  kinds: KindRow[];
  /** The type that the address asks for; null if it asks for none. */
  asked: string | null;
}

/** The form for a new channel: what every channel has, and the fields of the chosen type. */
export function NewChannel({ kinds, asked }: NewChannelProps) {
  const refused = useResult({ intents: ["add-channel"] })?.values.kind;
  const [chosen, setChosen] = useState(refused ?? asked);
  const kind = kinds.find((one) => one.kind === chosen) ?? kinds[0];
  const readOnly = useReadOnly();
  if (!kind) return null;
  return (
    <>
      <GeneratedSecret />
      {/* Without scripts, the page is asked for with the fields of another type. */}
      <form method="get" action={`#${FORM_ID}`} id={FORM_ID} className="flex flex-col gap-3">
        <fieldset disabled={readOnly} className="contents">
          <SelectField
            label="Type"
            name="channel"
            value={kind.kind}
            options={kinds.map(({ kind, label }) => ({ value: kind, label }))}
            onChange={(event) => setChosen(event.target.value)}
          />
          <button type="submit" className="button button-quiet shown-without-script hidden self-start">
            Show its fields
          </button>
        </fieldset>
      </form>
      <ActionForm intent="add-channel" button="Add" hidden={{ kind: kind.kind }}>
        <TextField label="Name" name="name" required maxLength={80} autoComplete="off" />
        {kind.fields.map(({ name, label, type, value, placeholder, required }) => (
          <TextField
            key={`${kind.kind} ${name}`}
            label={label}
            name={name}
            type={type}
            value={value}
            placeholder={placeholder}
            required={required}
            autoComplete={type === "password" ? "new-password" : "off"}
            spellCheck={false}
          />
        ))}
        <RoutingFields key={kind.kind} leastSeverity="notice" repeatMinutes={kind.proposedRepeat} repeats />
        <p className="max-w-[28rem] text-xs text-ink-muted">
          {kind.about} Addresses and secrets are not shown again.
        </p>
      </ActionForm>
    </>
  );
}

/** A secret that was made for the operator: now, and never again. */
function GeneratedSecret() {
  const [secret] = useResult({ intents: ["add-channel"] })?.shownOnce ?? [];
  if (!secret) return null;
  return (
    <div className="max-w-[36rem] rounded-md border border-line bg-sunken p-3 text-sm">
      <p>
        <strong>Copy this secret</strong> to the receiver, which checks signatures with it. It is not shown
        again.
      </p>
      <output aria-label="Secret" className="mt-2 block font-mono text-xs break-all select-all">
        {secret}
      </output>
    </div>
  );
}

const SEVERITY_OPTIONS: Record<(typeof SEVERITIES)[number], string> = {
  critical: "Critical only",
  warning: "Warning and critical",
  notice: "All alerts",
};

interface RoutingFieldsProps {
  leastSeverity: string;
  repeatMinutes: number | null;
  /** Whether the kind can be reminded. */
  repeats: boolean;
}

/** What a channel is told of, and how often. */
export function RoutingFields({ leastSeverity, repeatMinutes, repeats }: RoutingFieldsProps) {
  return (
    <>
      <SelectField
        label="Notify for"
        name="leastSeverity"
        value={leastSeverity}
        options={[...SEVERITIES].reverse().map((value) => ({ value, label: SEVERITY_OPTIONS[value] }))}
      />
      {repeats ? (
        <SelectField
          label="Remind while an alert is firing and not acknowledged"
          name="repeatMinutes"
          value={repeatMinutes ?? ""}
          options={[
            { value: "", label: "Never" },
            ...REPEAT_MINUTES.map((minutes) => ({
              value: minutes,
              label: `Every ${formatDuration(minutes * 60).replace(/^1 /, "")}`,
            })),
          ]}
        />
      ) : (
        <input type="hidden" name="repeatMinutes" value="" />
      )}
    </>
  );
}
