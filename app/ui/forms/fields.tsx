import { type ComponentProps, createContext, type ReactNode, useContext, useId } from "react";
import type { FormResult } from "~/shared/action-result";
import { lookUp } from "~/shared/look-up";
import { FieldError } from "./answer-box";

/** The result of a field's form; null until there is one. */
export const FormResultContext = createContext<FormResult | null>(null);

/** Ties a field to its label and its error, and keeps its input after a refused submit. */
function useField(name: string, value: string | number | undefined) {
  const id = useId();
  const result = useContext(FormResultContext);
  const error = result ? lookUp(result.errors, name) : undefined;
  return {
    error: error === undefined ? null : { id: `${id}-error`, text: error },
    control: {
      id,
      name,
      defaultValue: (result && lookUp(result.values, name)) ?? value,
      "aria-invalid": error === undefined ? undefined : true,
      "aria-describedby": error === undefined ? undefined : `${id}-error`,
    },
  };
}

interface LabelledProps {
  label: string;
  control: { id: string };
  error: { id: string; text: string } | null;
  children: ReactNode;
}

function Labelled({ label, control, error, children }: LabelledProps) {
  return (
    <div className="flex max-w-[28rem] min-w-0 flex-col gap-1 text-sm">
      <label htmlFor={control.id} className="text-ink-muted">
        {label}
      </label>
      {children}
      {error && <FieldError {...error} />}
    </div>
  );
}

interface FieldProps {
  label: string;
  name: string;
  /** The initial value. */
  value?: string | number;
}

type SetHere = "name" | "value" | "defaultValue" | "id" | "className";

/** A line of text, a number, a date or an address, by `type`. */
export function TextField({
  label,
  name,
  value,
  ...input
}: FieldProps & Omit<ComponentProps<"input">, SetHere>) {
  const { control, error } = useField(name, value);
  return (
    <Labelled label={label} control={control} error={error}>
      <input
        {...input}
        {...control}
        className={`field aria-invalid:border-2 aria-invalid:border-alarm ${input.type === "number" || input.type === "date" ? "figures" : ""}`}
      />
    </Labelled>
  );
}

/** One of several options, in a list. */
export function SelectField({
  label,
  name,
  value,
  options,
  ...select
}: FieldProps & { options: readonly { value: string | number; label: string }[] } & Omit<
    ComponentProps<"select">,
    SetHere
  >) {
  const { control, error } = useField(name, value);
  return (
    <Labelled label={label} control={control} error={error}>
      <select {...select} {...control} className="field aria-invalid:border-2 aria-invalid:border-alarm">
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

/** Yes or no; sends "on" for yes, nothing for no. */
export function CheckField({
  label,
  name,
  checked = false,
}: {
  label: string;
  name: string;
  checked?: boolean;
}) {
  const result = useContext(FormResultContext);
  const refused = result !== null && !result.ok;
  return (
    <label className="flex min-h-8 items-center gap-2 text-sm">
      <input
        type="checkbox"
        name={name}
        defaultChecked={refused ? name in result.values : checked}
        className="size-5 shrink-0 accent-(--accent)"
      />
      {label}
    </label>
  );
}

/** One of a few options, all visible. */
export function RadioField({
  label,
  name,
  value,
  options,
}: FieldProps & { options: readonly { value: string; label: string }[] }) {
  const { control, error } = useField(name, value);
  return (
    <fieldset className="flex flex-col gap-2 text-sm" aria-describedby={control["aria-describedby"]}>
      <legend className="mb-1 text-ink-muted">{label}</legend>
      {options.map((option) => (
        <label key={option.value} className="flex items-baseline gap-2">
          <input
            type="radio"
            name={name}
            value={option.value}
            defaultChecked={option.value === control.defaultValue}
            className="size-4 shrink-0 translate-y-0.5 accent-(--accent)"
          />
          {option.label}
        </label>
      ))}
      {error && <FieldError {...error} />}
    </fieldset>
  );
}

const DURATIONS = [
  { value: 30, label: "30 minutes" },
  { value: 60, label: "1 hour" },
  { value: 240, label: "4 hours" },
  { value: 1440, label: "1 day" },
  { value: 10_080, label: "1 week" },
] as const;

/** A duration; sends minutes. */
export const DurationField = ({ label }: { label: string }) => (
  <SelectField label={label} name="minutes" value={60} options={DURATIONS} />
);
