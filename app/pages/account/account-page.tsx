import type { SerializeFrom } from "@remix-run/node";
import { Form } from "@remix-run/react";
import type { ReactNode } from "react";
import { ActionForm } from "~/ui/forms/action-form";
import { ActionProvider } from "~/ui/forms/action-provider";
import { TextField } from "~/ui/forms/fields";
import { ResultLine } from "~/ui/forms/result-line";
import type { loadAccountPage } from "./load-account-page";
import { NarrowPage } from "./narrow-page";
import { PersonalData } from "./personal-data";
import { SecondFactorSection } from "./second-factor-section";
import { SessionList } from "./session-list";

export type AccountPageProps = SerializeFrom<typeof loadAccountPage>;

/** A person's account: where they are logged in, their password and their second factor. */
export function AccountPage({
  now,
  name,
  email,
  sessions,
  secondFactor,
  needsSecondFactor,
}: AccountPageProps) {
  const isDue = needsSecondFactor && secondFactor.state !== "on";
  return (
    <NarrowPage title={name} lead={email}>
      <form method="post" action="/logout" className="mt-8">
        <button type="submit" className="button button-quiet">
          Log out here
        </button>
      </form>
      {isDue && (
        <p role="status" className="mt-8 border-l-2 border-ink pl-3 text-sm">
          Operators of this site need a second factor. Until yours is set up, the operators’ pages lead here.
        </p>
      )}
      <ActionProvider>
        <AccountSection title="Second factor">
          <SecondFactorSection factor={secondFactor} now={now} required={needsSecondFactor} />
        </AccountSection>
        <AccountSection title="Password">
          <ResultLine of={{ intents: ["change-password"] }} />
          <ActionForm intent="change-password" button="Change password">
            <TextField
              label="Current password"
              name="current"
              type="password"
              autoComplete="current-password"
              required
            />
            <TextField
              label="New password (12 characters or more)"
              name="password"
              type="password"
              autoComplete="new-password"
              required
            />
            <TextField
              label="New password again"
              name="again"
              type="password"
              autoComplete="new-password"
              required
            />
          </ActionForm>
          <p className="text-sm text-ink-muted">A new password ends your sessions in all other browsers.</p>
        </AccountSection>
        <AccountSection title="Where you are logged in">
          <SessionList sessions={sessions} now={now} />
          <Form method="post" reloadDocument>
            <input type="hidden" name="intent" value="sign-out-everywhere" />
            <button type="submit" className="button button-quiet">
              Log out everywhere
            </button>
          </Form>
        </AccountSection>
      </ActionProvider>
      <PersonalData />
    </NarrowPage>
  );
}

function AccountSection({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mt-12 flex flex-col gap-4 border-t border-line pt-6">
      <h2 className="font-serif text-xl tracking-tight">{title}</h2>
      {children}
    </section>
  );
}
