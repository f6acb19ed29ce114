import { Form } from "@remix-run/react";
import { type ReactNode, useId } from "react";
import type { LogInFailure } from "./log-in-fields";

interface LogInFormProps {
  /** The path to open after the log-in. */
  next: string;
  failure?: LogInFailure;
  /** The fields, which get the id of the message above them, if there is one. */
  children: (messageId: string | undefined) => ReactNode;
}

/** The form of a step of the log-in: why the last try was refused, its fields and its button. */
export function LogInForm({ next, failure, children }: LogInFormProps) {
  const id = useId();
  return (
    <Form method="post" reloadDocument className="mt-8 grid gap-5">
      <input type="hidden" name="next" value={next} />
      {failure?.message && (
        <p role="alert" id={id} className="border-l-2 border-ink pl-3 text-sm">
          {failure.message}
        </p>
      )}
      {children(failure?.message ? id : undefined)}
      <button type="submit" className="button mt-1">
        Log in
      </button>
    </Form>
  );
}
