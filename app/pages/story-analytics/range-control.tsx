import { Form, useSearchParams, useSubmit } from "@remix-run/react";
import type { Unit } from "~/shared/calendar";
import { RangeLinks } from "~/ui/range-links";
import { COMPARISONS, type Comparison } from "./compared-span";
import { rangeAddresses, type StorySpan } from "./read-span";

const BY: Record<Unit, string> = { hour: "Hour", day: "Day", week: "Week", month: "Month" };
const FIELD = "field figures min-h-9 w-auto px-2 text-sm";

type Selection = Pick<StorySpan, "key" | "zone" | "problem" | "fields" | "splitsHours"> &
  Partial<Pick<StorySpan, "unit" | "units" | "comparison">>;

/**
 * Selects the range of an editor's page: named ranges as links, and a form for days of one's own, the unit of the bars and the
 * comparison. A page that has no bars or no comparison leaves out `units` or `comparison`.
 */
export function RangeControl({ span }: { span: Selection }) {
  const { key, zone, problem, fields, unit, units, comparison, splitsHours } = span;
  const [search] = useSearchParams();
  const submit = useSubmit();
  const kept = [...search].filter(([name]) => !["range", "from", "to", "by", "compare"].includes(name));
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <RangeLinks label="Range" selected={key} ranges={rangeAddresses(search)} />
      <div className="no-print flex flex-wrap items-center gap-x-4 gap-y-2 text-sm">
        <Form method="get" preventScrollReset className="flex flex-wrap items-center gap-2">
          <input type="hidden" name="range" value="custom" />
          {[...kept, ...(comparison ? [["compare", comparison] as const] : [])].map(([name, value]) => (
            <input key={name} type="hidden" name={name} value={value} />
          ))}
          <label className="flex items-center gap-2">
            <span className="text-ink-muted">From</span>
            <input key={fields.from} type="date" name="from" defaultValue={fields.from} className={FIELD} />
          </label>
          <label className="flex items-center gap-2">
            <span className="text-ink-muted">to</span>
            <input key={fields.to} type="date" name="to" defaultValue={fields.to} className={FIELD} />
          </label>
          <button type="submit" className="button button-quiet">
            Show
          </button>
        </Form>
        {(units || comparison) && (
          <Form
            method="get"
            preventScrollReset
            className="flex flex-wrap items-center gap-x-4 gap-y-2"
            onChange={(event) => submit(event.currentTarget, { preventScrollReset: true })}
          >
            {[...search]
              .filter(([name]) => name !== "by" && name !== "compare")
              .map(([name, value]) => (
                <input key={name} type="hidden" name={name} value={value} />
              ))}
            {units && (
              <Select
                label="By"
                name="by"
                value={unit ?? ""}
                options={units.map((each) => [each, BY[each]])}
              />
            )}
            {comparison && (
              <Select
                label="Compare with"
                name="compare"
                value={comparison}
                options={(Object.keys(COMPARISONS) as Comparison[]).map((each) => [
                  each,
                  COMPARISONS[each].label,
                ])}
              />
            )}
            <noscript>
              <button type="submit" className="button button-quiet">
                Apply
              </button>
            </noscript>
          </Form>
        )}
      </div>
      {problem && (
        <p role="alert" className="max-w-[40rem] text-sm">
          {problem}
        </p>
      )}
      <p className="text-xs text-ink-muted">
        Days, weeks and months are those of {zone.replaceAll("_", " ")}.
        {splitsHours &&
          " The history is kept by UTC hour: an hour in which a day starts there belongs to the day before."}
      </p>
    </div>
  );
}

function Select(props: {
  label: string;
  name: string;
  value: string;
  options: (readonly [value: string, label: string])[];
}) {
  return (
    <label className="flex items-center gap-2">
      <span className="text-ink-muted">{props.label}</span>
      {/* A new key when the address changes by other means makes the selection follow it. */}
      <select key={props.value} name={props.name} defaultValue={props.value} className={FIELD}>
        {props.options.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}
