import { Form } from "@remix-run/react";
import type { DemoRole } from "~/auth/demo-accounts";
import { ROLE_NAMES } from "~/shared/roles";

/** One button per role that logs in to the demo's account of that role, for visitors of a demo site. */
export const DemoLogIn = ({ next, roles }: { next: string; roles: DemoRole[] }) => (
  <Form
    method="post"
    reloadDocument
    aria-labelledby="demo-log-in"
    className="mt-10 border-t border-line pt-6"
  >
    <input type="hidden" name="next" value={next} />
    <p id="demo-log-in" className="text-sm text-ink-muted">
      This is a demo. Enter with one of its accounts:
    </p>
    <div className="mt-3 flex flex-wrap gap-2">
      {roles.map((role) => (
        <button key={role} type="submit" name="demo" value={role} className="button button-quiet">
          Enter as {ROLE_NAMES[role]}
        </button>
      ))}
    </div>
  </Form>
);
