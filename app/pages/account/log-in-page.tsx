import type { DemoRole } from "~/auth/demo-accounts";
import { DemoLogIn } from "./demo-log-in";
import type { LogInFailure } from "./log-in-fields";
import { LogInForm } from "./log-in-form";
import { NarrowPage } from "./narrow-page";
import { TextField } from "./text-field";

interface LogInPageProps {
  /** The path to open after the log-in; "" for the landing page of the person's role. */
  next: string;
  /** The demo accounts that the site offers; none outside a demo. */
  demoRoles: DemoRole[];
  failure?: LogInFailure;
}

/** The log-in form; after a refused log-in it keeps the e-mail address and shows the errors. */
export const LogInPage = ({ next, demoRoles, failure }: LogInPageProps) => (
  <NarrowPage title="Log in" lead="Log in to continue where you stopped reading.">
    <LogInForm next={next} failure={failure}>
      {(messageId) => (
        <>
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
        </>
      )}
    </LogInForm>
    {demoRoles.length > 0 && <DemoLogIn next={next} roles={demoRoles} />}
  </NarrowPage>
);
