import { Form, Link } from "@remix-run/react";
import type { LogInFailure } from "./log-in-fields";
import { NarrowPage } from "./narrow-page";
import { TextField } from "./text-field";

interface CodePageProps {
  /** The path to open after the log-in. */
  next: string;
  /** Whose password was right. */
  email: string;
  failure?: LogInFailure;
}

const MESSAGE_ID = "code-message";

/** The second step of a log-in: a code of the authenticator app, or a recovery code. */
export function CodePage({ next, email, failure }: CodePageProps) {
  return (
    <NarrowPage title="Enter your code" lead="Open your authenticator app and type the code for Tidemark.">
      <Form method="post" reloadDocument className="mt-8 grid gap-5">
        <input type="hidden" name="next" value={next} />
        {failure?.message && (
          <p role="alert" id={MESSAGE_ID} className="border-l-2 border-ink pl-3 text-sm">
            {failure.message}
          </p>
        )}
        <TextField
          label="Code"
          name="code"
          autoComplete="one-time-code"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={40}
          error={failure?.errors?.code}
          messageId={failure?.message ? MESSAGE_ID : undefined}
          // The page has one field, and people arrive here with the phone in their hand.
          autoFocus
          required
        />
        <button type="submit" className="button mt-1">
          Log in
        </button>
      </Form>
      <p className="mt-8 text-sm text-ink-muted">
        You are logging in as {email}. If you have lost your phone, type one of your recovery codes in place
        of the code.{" "}
        <Link to={`/login?next=${encodeURIComponent(next)}`} className="link">
          Use another account
        </Link>
      </p>
    </NarrowPage>
  );
}
