import { Form } from "@remix-run/react";
import type { LogInFailure } from "./log-in-fields";
import { NarrowPage } from "./narrow-page";
import { TextField } from "./text-field";

interface LogInPageProps {
  /** The path to open after the log-in. */
  next: string;
  failure?: LogInFailure;
}

const MESSAGE_ID = "log-in-message";

/** The log-in form; after a refused log-in it keeps the e-mail address and shows the errors. */
export function LogInPage({ next, failure }: LogInPageProps) {
  const messageId = failure?.message ? MESSAGE_ID : undefined;
  return (
    <NarrowPage title="Log in" lead="Log in to continue where you stopped reading.">
      <Form method="post" reloadDocument className="mt-8 grid gap-5">
        <input type="hidden" name="next" value={next} />
        {failure?.message && (
          <p role="alert" id={MESSAGE_ID} className="border-l-2 border-ink pl-3 text-sm">
            {failure.message}
          </p>
        )}
        <TextField
          label="E-mail address"
          name="email"
          type="email"
          autoComplete="username"
          defaultValue={failure?.email}
          error={failure?.errors?.email}
          messageId={messageId}
          required
        />
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          error={failure?.errors?.password}
          messageId={messageId}
          required
        />
        <button type="submit" className="button mt-1">
          Log in
        </button>
      </Form>
    </NarrowPage>
  );
}
