import { formatCount } from "~/shared/format";
import {
  DEFAULT_RETENTION,
  MOST_RETENTION_DAYS,
  RETENTION_RULES,
  type RetentionDays,
} from "~/shared/retention";
import { ActionDisclosure } from "~/ui/forms/action-disclosure";
import { ActionForm } from "~/ui/forms/action-form";
import { TextField } from "~/ui/forms/fields";
import { DataTable } from "~/ui/tables/data-table";

/** How long rows stay that go by age, and the form that changes it. */
export function RetentionControl({ retention, mayChange }: { retention: RetentionDays; mayChange: boolean }) {
  const changed = RETENTION_RULES.filter(({ key, days }) => retention[key] !== days).length;
  return (
    <>
      <DataTable
        caption="Retention by table"
        rows={[...RETENTION_RULES]}
        keyOf={(rule) => rule.key}
        empty=""
        columns={[
          {
            head: "Rows",
            names: true,
            cell: (rule) => (
              <>
                {rule.label}
                <span className="block text-xs text-ink-muted">{rule.tables.join(", ")}</span>
              </>
            ),
          },
          { head: "Stay for", numeric: true, cell: (rule) => formatCount(retention[rule.key], "day") },
          {
            head: "Default",
            numeric: true,
            wideOnly: true,
            cell: (rule) => formatCount(DEFAULT_RETENTION[rule.key], "day"),
          },
        ]}
      />
      {mayChange && (
        <ActionDisclosure
          name="Change retention"
          state={changed === 0 ? "all defaults" : `${changed} changed`}
          forms={{ intents: ["retention"] }}
        >
          <p className="max-w-measure text-sm">
            Shorter days delete rows within ten minutes, and cannot be undone. Counts and history never depend
            on them; charts and lists then reach back less far.
          </p>
          <ActionForm intent="retention" button="Change retention" reason>
            <div className="grid gap-4 sm:grid-cols-2">
              {RETENTION_RULES.map(({ key, label, least }) => (
                <TextField
                  key={key}
                  label={`${label}, days`}
                  name={key}
                  value={retention[key]}
                  type="number"
                  min={least}
                  max={MOST_RETENTION_DAYS}
                  required
                />
              ))}
            </div>
          </ActionForm>
        </ActionDisclosure>
      )}
    </>
  );
}
