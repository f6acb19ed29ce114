import { Form, Link } from "@remix-run/react";

interface RangeFormProps {
  /** The values of the fields, `YYYY-MM-DDTHH:mm` in UTC. */
  fields: { from: string; to: string };
  problem: string | null;
  /** The page shows a custom range. */
  isCustom: boolean;
  comparing: boolean;
  /** The address that switches the comparison on or off. */
  compareTo: string;
  /** "a week earlier". */
  compareLabel: string;
}

const FIELD = "field figures min-h-9 w-auto px-2 text-sm";

/** A custom range, and the comparison with an earlier period. Both are in the address and work without JavaScript. */
export function RangeForm(props: RangeFormProps) {
  const { fields, problem, isCustom, comparing, compareTo, compareLabel } = props;
  return (
    <div className="no-print flex flex-wrap items-center gap-x-4 gap-y-2 text-sm">
      <Link
        to={compareTo}
        preventScrollReset
        className="inline-flex h-9 items-center gap-2 rounded-md px-2 text-ink-muted hover:bg-sunken hover:text-ink"
      >
        <span
          aria-hidden="true"
          className={`inline-flex size-4 items-center justify-center rounded-sm border text-xs ${comparing ? "border-accent bg-accent text-accent-ink" : "border-edge"}`}
        >
          {comparing ? "✓" : ""}
        </span>
        {comparing ? `Compared with ${compareLabel}` : `Compare with ${compareLabel}`}
        {comparing && <span className="sr-only"> (stop comparing)</span>}
      </Link>
      <details open={isCustom || problem !== null} className="group">
        <summary className="inline-flex h-9 list-none items-center rounded-md px-2 text-ink-muted hover:bg-sunken hover:text-ink [&::-webkit-details-marker]:hidden">
          Custom range
        </summary>
        <Form
          method="get"
          preventScrollReset
          className="mt-1 flex flex-wrap items-end gap-2"
          key={`${fields.from} ${isCustom}`}
        >
          <input type="hidden" name="range" value="custom" />
          {comparing && <input type="hidden" name="compare" value="1" />}
          <Field name="from" label="From (UTC)" value={fields.from} problem={problem} />
          <Field name="to" label="To (UTC)" value={fields.to} problem={problem} />
          <button type="submit" className="button button-quiet min-h-9">
            Show
          </button>
        </Form>
        {problem && (
          <p id="range-problem" role="alert" className="mt-1 max-w-[40rem] text-sm">
            {problem}
          </p>
        )}
      </details>
    </div>
  );
}

interface FieldProps {
  name: string;
  label: string;
  value: string;
  problem: string | null;
}

const Field = ({ name, label, value, problem }: FieldProps) => (
  <label className="flex flex-col gap-0.5">
    <span className="text-xs text-ink-muted">{label}</span>
    <input
      type="datetime-local"
      name={name}
      defaultValue={value}
      className={FIELD}
      aria-invalid={problem !== null}
      aria-describedby={problem === null ? undefined : "range-problem"}
    />
  </label>
);
