import { formatDuration } from "~/shared/format";
import { ActionDisclosure } from "~/ui/forms/action-disclosure";
import { ActionForm } from "~/ui/forms/action-form";
import { SelectField, TextField } from "~/ui/forms/fields";

const UNITS = ["minutes", "hours", "days"].map((unit) => ({ value: unit, label: unit }));

/** How often the sync runs. */
export function IntervalControl({ hours }: { hours: number }) {
  const { every, unit } = inUnit(hours);
  return (
    <ActionDisclosure
      name="Interval"
      state={`every ${formatDuration(hours * 3600)}`}
      forms={{ intents: ["interval"] }}
    >
      <ActionForm intent="interval" button="Change the interval" reason>
        <div className="flex max-w-[28rem] flex-wrap items-start gap-3">
          <TextField
            label="Time between two syncs"
            name="every"
            value={every}
            type="number"
            inputMode="decimal"
            step="any"
            min={0}
            required
          />
          {/* React does not change the default of a list that is on screen, so another unit needs another list. */}
          <SelectField key={unit} label="Unit" name="unit" value={unit} options={UNITS} />
        </div>
      </ActionForm>
    </ActionDisclosure>
  );
}

/** An interval as people say it: 15 minutes, 12 hours, 2 days. */
function inUnit(hours: number) {
  if (hours > 24 && hours % 24 === 0) return { every: hours / 24, unit: "days" };
  if (hours >= 1) return { every: Math.round(hours * 1000) / 1000, unit: "hours" };
  return { every: Math.round(hours * 60_000) / 1000, unit: "minutes" };
}
