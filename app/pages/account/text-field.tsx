import type { InputHTMLAttributes } from "react";

interface TextFieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  name: string;
  error?: string;
  /** Id of a message about the whole form that concerns this field too. */
  messageId?: string;
}

/** A labelled input with its error below it; screen readers read the error with the input. */
export function TextField({ label, error, messageId, ...input }: TextFieldProps) {
  const errorId = `${input.name}-error`;
  const describedBy = [error && errorId, messageId].filter(Boolean).join(" ");
  return (
    <div className="grid gap-1.5 text-sm">
      <label htmlFor={input.name} className="font-medium">
        {label}
      </label>
      <input
        {...input}
        id={input.name}
        className="field aria-invalid:border-ink"
        aria-invalid={describedBy ? true : undefined}
        aria-describedby={describedBy || undefined}
      />
      {error && (
        <p id={errorId} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
