import { Form } from "@remix-run/react";
import { NarrowPage } from "./narrow-page";

/** Asks before logging out. */
export function LogOutPage({ name }: { name: string }) {
  return (
    <NarrowPage title="Log out?" lead={`You are logged in as ${name}.`}>
      <Form method="post" className="mt-8" reloadDocument>
        <button type="submit" className="button">
          Log out
        </button>
      </Form>
    </NarrowPage>
  );
}
