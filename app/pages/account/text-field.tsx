import type { InputHTMLAttributes } from "react";
import { FieldError } from "~/ui/forms/answer-box";

interface TextFieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  name: string;
  error?: string;
  /** Id of a message about the whole form that applies to this field too. */
  messageId?: string;
}

/**
 * A labelled input with its error below it; screen readers read the error with the input. It is not the console's TextField:
 * a refused log-in has a message about both fields, which describes each of them, and the log-in answers with an HTTP status
 * and not with a FormResult.
 */
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
        className="field aria-invalid:border-2 aria-invalid:border-alarm"
        aria-invalid={describedBy ? true : undefined}
        aria-describedby={describedBy || undefined}
      />
      {error && (
        <div role="alert">
          <FieldError id={errorId} text={error} />
        </div>
      )}
    </div>
  );
}
