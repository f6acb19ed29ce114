import { ActionDisclosure } from "~/ui/forms/action-disclosure";
import { ActionForm } from "~/ui/forms/action-form";
import { DurationField, SelectField, TextField } from "~/ui/forms/fields";
import { ResultLine } from "~/ui/forms/result-line";
import type { AlertRow, OperatorRow } from "./read-alerts";

interface AlertFormsProps {
  alert: AlertRow;
  operators: OperatorRow[];
}

/** What people can do about an alert that fires: take it, snooze it, hand it over. */
export function AlertForms({ alert, operators }: AlertFormsProps) {
  const others = operators.filter(({ name }) => name !== alert.acknowledgedBy);
  return (
    <>
      <ResultLine of={{ intents: ["acknowledge", "snooze"], id: alert.id }} />
      <div className="flex flex-col gap-x-8 gap-y-4 lg:flex-row lg:flex-wrap">
        {!alert.acknowledgedBy && (
          <ActionForm
            intent="acknowledge"
            id={alert.id}
            button="Acknowledge"
            label={`Acknowledge: ${alert.title}`}
            inline
          >
            <TextField label="Note" name="note" maxLength={500} autoComplete="off" />
          </ActionForm>
        )}
        <ActionForm
          intent="snooze"
          id={alert.id}
          button="Snooze"
          label={`Snooze: ${alert.title}`}
          quiet
          inline
        >
          <DurationField label="Snooze for" />
        </ActionForm>
      </div>
      {others.length > 0 && (
        <ActionDisclosure name="Hand over" state="" forms={{ intents: ["hand-over"], id: alert.id }}>
          <ActionForm
            intent="hand-over"
            id={alert.id}
            button="Hand over"
            label={`Hand over: ${alert.title}`}
            quiet
            inline
          >
            <SelectField
              label="To"
              name="to"
              options={others.map(({ id, name }) => ({ value: id, label: name }))}
            />
            <TextField label="Note for them" name="note" maxLength={500} autoComplete="off" />
          </ActionForm>
        </ActionDisclosure>
      )}
    </>
  );
}

/** A note for the timeline, at any time. */
export function NoteForm({ alert }: Pick<AlertFormsProps, "alert">) {
  return (
    <>
      <ResultLine of={{ intents: ["note"], id: alert.id }} />
      <ActionForm intent="note" id={alert.id} button="Add note" quiet inline>
        <TextField label="Note for the timeline" name="note" maxLength={500} autoComplete="off" required />
      </ActionForm>
    </>
  );
}
