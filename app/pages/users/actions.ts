import { z } from "zod";
import { changeRole, disableAccount, enableAccount, endSessions } from "~/auth/accounts";
import { type Actions, defineAction, type Operator } from "~/console/action";
import { idField } from "~/console/fields";
import { done, Refusal } from "~/shared/action-result";
import { ROLES, roleWithArticle } from "~/shared/roles";

const shared = { permission: "users.change", reason: "required" } as const;
const id = idField("There is no such account.");

/** Operators do not lock themselves out by accident: another one changes their account. */
function refuseOwn({ user }: Operator, userId: number) {
  if (user.id === userId)
    throw new Refusal("No change: this is your own account. Ask another operator to change it.");
}

const changeOf = ({ user, reason }: Operator, userId: number) => ({ actor: user, userId, reason });

/** The actions of the users' page, by intent. */
export const USER_ACTIONS: Actions = {
  role: defineAction({
    ...shared,
    schema: z.object({ id, role: z.enum(ROLES, "Choose a role.") }),
    async run(operator, { id, role }) {
      refuseOwn(operator, id);
      const account = await changeRole(operator.runtime.db, changeOf(operator, id), role);
      return done(
        `${account.name} is now ${roleWithArticle(role)} instead of ${roleWithArticle(account.role)}, from the next request on.`,
      );
    },
  }),
  disable: defineAction({
    ...shared,
    schema: z.object({ id }),
    async run(operator, { id }) {
      refuseOwn(operator, id);
      const { db, sessions } = operator.runtime;
      const account = await disableAccount(db, changeOf(operator, id), operator.now);
      // The rows are gone already; this closes what the sessions hold open in this process.
      await sessions.signOutEverywhere(id);
      return done(`${account.name} cannot log in any more, and is logged out everywhere.`);
    },
  }),
  enable: defineAction({
    ...shared,
    schema: z.object({ id }),
    async run(operator, { id }) {
      const account = await enableAccount(operator.runtime.db, changeOf(operator, id));
      return done(`${account.name} can log in again, with the password from before.`);
    },
  }),
  "end-sessions": defineAction({
    ...shared,
    schema: z.object({ id }),
    async run(operator, { id }) {
      const { db, sessions } = operator.runtime;
      const account = await endSessions(db, changeOf(operator, id));
      await sessions.signOutEverywhere(id);
      return done(`${account.name} is logged out everywhere, and can log in again.`);
    },
  }),
};
