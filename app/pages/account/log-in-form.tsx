import { Form } from "@remix-run/react";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { AnswerBox } from "~/ui/forms/answer-box";
import type { LogInFailure } from "./log-in-fields";

interface LogInFormProps {
  /** The path to open after the log-in; "" for the landing page of the person's role. */
  next: string;
  failure?: LogInFailure;
  /** The fields, which get the id of the message above them, if there is one. */
  children: (messageId: string | undefined) => ReactNode;
}

/** The form of a step of the log-in: why the last try was refused, its fields and its button. */
export function LogInForm({ next, failure, children }: LogInFormProps) {
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // Where both may be wrong, the password is typed again; the address is still there.
    const wrong = [...(form.current?.querySelectorAll<HTMLElement>("[aria-invalid=true]") ?? [])];
    if (failure) (failure.message ? wrong.at(-1) : wrong[0])?.focus();
  }, [failure]);
  return (
    <Form ref={form} method="post" noValidate reloadDocument className="mt-8 grid gap-5">
      <input type="hidden" name="next" value={next} />
      {failure?.message && (
        <AnswerBox id={id} ok={false}>
          {failure.message}
        </AnswerBox>
      )}
      {children(failure?.message ? id : undefined)}
      <button type="submit" className="button mt-1">
        Log in
      </button>
    </Form>
  );
}
