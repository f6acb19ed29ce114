import { Link } from "@remix-run/react";
import { logInAddress } from "./log-in-address";
import type { LogInFailure } from "./log-in-fields";
import { LogInForm } from "./log-in-form";
import { NarrowPage } from "./narrow-page";
import { TextField } from "./text-field";

interface CodePageProps {
  /** The path to open after the log-in; "" for the landing page of the person's role. */
  next: string;
  /** Whose password was right. */
  email: string;
  failure?: LogInFailure;
}

/** The second step of a log-in: a code of the authenticator app, or a recovery code. */
export const CodePage = ({ next, email, failure }: CodePageProps) => (
  <NarrowPage title="Enter your code" lead="Open your authenticator app and type the code for Tidemark.">
    <LogInForm next={next} failure={failure}>
      {(messageId) => (
        <TextField
          label="Code"
          name="code"
          autoComplete="one-time-code"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={40}
          error={failure?.errors?.code}
          messageId={messageId}
          // The page has one field, and people arrive here with the phone in their hand.
          autoFocus
          required
        />
      )}
    </LogInForm>
    <p className="mt-8 text-sm text-ink-muted">
      You are logging in as {email}. If you have lost your phone, type one of your recovery codes in place of
      the code.{" "}
      <Link to={logInAddress(next)} className="link">
        Use another account
      </Link>
    </p>
  </NarrowPage>
);
