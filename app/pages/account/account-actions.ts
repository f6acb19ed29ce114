import type { ActionFunctionArgs } from "@remix-run/node";
import { z } from "zod";
import { isPublicPassword } from "~/auth/demo-accounts";
import type { NotAccepted } from "~/auth/log-in";
import { hashPassword } from "~/auth/passwords";
import { type Actions, defineAction, type Operator } from "~/console/action";
import { TooBusy } from "~/platform/gate";
import { type ActionResult, done, Refusal, refused } from "~/shared/action-result";
import { formatCount } from "~/shared/format";
import { askerOf, describeRefusal } from "./log-in-action";

const SHORTEST_PASSWORD = 12;
const LONGEST_PASSWORD = 512;
const PASSWORD_WRONG = "This is not your password.";
const SECRETS = ["current", "password", "again", "proof", "code"];

const current = z.string("Enter your password.").min(1, "Enter your password.");
const proof = z.string("Enter your password or a code.").trim().min(1, "Enter your password or a code.");
const newPassword = z
  .string("Enter a new password.")
  .min(
    SHORTEST_PASSWORD,
    `A password must have at least ${SHORTEST_PASSWORD} characters; a few words will do.`,
  )
  .max(LONGEST_PASSWORD, `A password may have up to ${LONGEST_PASSWORD} characters.`)
  .refine((password) => !isPublicPassword(password), "This password is public: the README shows it.");

/** What people can do on their account page: sessions, password, second factor. They act for the browser that sent `request`. */
export function accountActions({
  context,
  request,
}: Pick<ActionFunctionArgs, "context" | "request">): Actions {
  const { db, sessions, auth } = context.runtime;
  const { logIn, secondFactors, security, gate } = auth;
  const asker = askerOf(context, request);
  const permission = "account.view" as const;
  const none = { permission, reason: "none" as const, secrets: SECRETS };

  /** @throws Refusal beside the field, unless it is the user's password. */
  async function provePassword({ email }: Operator["user"], password: string, field: string) {
    const check = await logIn.checkPassword(email, password, asker);
    if (check.result !== "ok") refuse(check, PASSWORD_WRONG, field);
  }

  /** @throws Refusal beside the field, unless it is the user's password, a code of their app or a recovery code. */
  async function prove(user: Operator["user"], given: string, field: string) {
    const isCode = /^[\d\s]{6,7}$/.test(given) || /^([a-z2-7]{4}-){3}[a-z2-7]{4}$/i.test(given);
    if (!isCode) return provePassword(user, given, field);
    const check = await logIn.checkCode(user, given, asker);
    if (check.result !== "ok") refuse(check, "This code is wrong, or it was used before.", field);
  }

  const actions = {
    "change-password": defineAction({
      ...none,
      schema: z
        .object({ current, password: newPassword, again: z.string("Enter the new password again.") })
        .refine(({ password, again }) => password === again, {
          path: ["again"],
          error: "This is not the same as the new password.",
        })
        .refine((fields) => fields.password !== fields.current, {
          path: ["password"],
          error: "The new password is the same as the current one.",
        }),
      async run({ user }, { current, password }): Promise<ActionResult> {
        await provePassword(user, current, "current");
        const passwordHash = await gate
          .run(() => hashPassword(password))
          .catch((error: unknown) => {
            if (error instanceof TooBusy) return refuse({ result: "busy" }, PASSWORD_WRONG, "current");
            throw error;
          });
        await db.user.update({ where: { id: user.id }, data: { passwordHash } });
        const count = await sessions.signOutOthers(user.id, request);
        security.record(context.log, "password-changed", { userId: user.id, count });
        return done(`Your password is changed. ${endedText(count)}`);
      },
    }),

    "end-session": defineAction({
      ...none,
      schema: z.object({ id: z.string().max(100) }),
      async run({ user }, { id }) {
        const ended = await sessions.signOutOne(user.id, id);
        security.record(context.log, "sessions-ended", { userId: user.id, count: Number(ended) });
        return ended ? done("The session has ended.") : refused("This session had already ended.");
      },
    }),

    "end-others": defineAction({
      ...none,
      schema: z.object({}),
      async run({ user }) {
        const count = await sessions.signOutOthers(user.id, request);
        security.record(context.log, "sessions-ended", { userId: user.id, count });
        return done(endedText(count));
      },
    }),

    "begin-second-factor": defineAction({
      ...none,
      schema: z.object({ current }),
      async run({ user }, { current }) {
        await provePassword(user, current, "current");
        const begun = await secondFactors.begin(user.id);
        return begun ? done("Two steps are left.") : refused("Your second factor is already on.");
      },
    }),

    "confirm-second-factor": defineAction({
      ...none,
      schema: z.object({ code: z.string().trim().min(1, "Enter the code that your app shows.") }),
      async run({ user }, { code }) {
        const codes = await secondFactors.confirm(user.id, code);
        if (!codes)
          throw new Refusal(
            "This code is not right. Check the time of your phone, and type the code it shows now.",
            "code",
          );
        // They began without a code: one of them may be why the user switches this on.
        const count = await sessions.signOutOthers(user.id, request);
        security.record(context.log, "second-factor-on", { userId: user.id, count });
        return {
          ...done(`Your second factor is on. From now on, a log-in asks for a code. ${endedText(count)}`),
          shownOnce: codes,
        };
      },
    }),

    "cancel-second-factor": defineAction({
      ...none,
      schema: z.object({}),
      async run({ user }) {
        if (await secondFactors.isOn(user.id)) return refused("Your second factor is already on.");
        await secondFactors.remove(user.id);
        return done("The set-up was cancelled. Remove Tidemark from your app.");
      },
    }),

    "renew-recovery-codes": defineAction({
      ...none,
      schema: z.object({ proof }),
      async run({ user }, { proof }) {
        if (!(await secondFactors.isOn(user.id))) return refused("Your second factor is off.");
        await prove(user, proof, "proof");
        return {
          ...done("These are your new recovery codes. The old ones no longer work."),
          shownOnce: await secondFactors.renewRecoveryCodes(user.id),
        };
      },
    }),

    "remove-second-factor": defineAction({
      ...none,
      schema: z.object({ proof }),
      async run({ user }, { proof }) {
        if (!(await secondFactors.isOn(user.id))) return refused("Your second factor is off.");
        await prove(user, proof, "proof");
        await secondFactors.remove(user.id);
        security.record(context.log, "second-factor-off", { userId: user.id });
        return done("Your second factor is off. Remove Tidemark from your app.");
      },
    }),
  };
  return actions;
}

/** @throws Refusal */
function refuse(check: NotAccepted, wrong: string, field: string): never {
  throw new Refusal(describeRefusal(check, wrong).message, field);
}

const endedText = (count: number) =>
  count === 0
    ? "You were logged in nowhere else."
    : `${formatCount(count, "other session has ended", "other sessions have ended")}.`;
