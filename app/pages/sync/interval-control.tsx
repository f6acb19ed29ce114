import { formatDuration } from "~/shared/format";
import { ActionDisclosure } from "~/ui/forms/action-disclosure";
import { ActionForm } from "~/ui/forms/action-form";
import { TextField } from "~/ui/forms/fields";

/** How often the sync runs. */
export const IntervalControl = ({ hours }: { hours: number }) => (
  <ActionDisclosure
    name="Interval"
    state={`every ${formatDuration(hours * 3600)}`}
    forms={{ intents: ["interval"] }}
  >
    <ActionForm intent="interval" button="Change the interval" reason>
      <TextField
        label="Hours between two syncs (0.25 is 15 minutes)"
        name="hours"
        value={hours}
        type="number"
        inputMode="decimal"
        step="any"
        min={0.0166}
        max={168}
        required
      />
    </ActionForm>
  </ActionDisclosure>
);
