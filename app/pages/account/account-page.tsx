import { Form } from "@remix-run/react";
import { formatCount } from "~/shared/format";
import { NarrowPage } from "./narrow-page";
import { PersonalData } from "./personal-data";

interface AccountPageProps {
  name: string;
  email: string;
  /** Devices that are logged in, this one included. */
  sessions: number;
}

/** A person's account: who they are, and how to log out here or everywhere. */
export function AccountPage({ name, email, sessions }: AccountPageProps) {
  return (
    <NarrowPage title={name} lead={email}>
      <form method="post" action="/logout" className="mt-8">
        <button type="submit" className="button button-quiet">
          Log out here
        </button>
      </form>
      <p className="figures mt-8 text-sm">
        {sessions === 1
          ? "You are logged in on this device only."
          : `You are logged in on ${formatCount(sessions, "device")}, including this one. If you no longer have one of them, log out everywhere, then log in again here.`}
      </p>
      <Form method="post" className="mt-5" reloadDocument>
        <button type="submit" className="button">
          Log out everywhere
        </button>
      </Form>
      <PersonalData />
    </NarrowPage>
  );
}
