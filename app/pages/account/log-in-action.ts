import { type ActionFunctionArgs, type AppLoadContext, json, redirect } from "@remix-run/node";
import type { Asker, NotAccepted } from "~/auth/log-in";
import { safeRedirect } from "~/auth/safe-redirect";
import { formatCount } from "~/shared/format";
import { checkLogInFields, type LogInFailure, typedEmail } from "./log-in-fields";

type Args = Pick<ActionFunctionArgs, "context" | "request">;

/** Who sends this request, for limits and log lines. */
export const askerOf = (context: AppLoadContext, request: Request): Asker => ({
  address: context.address,
  cookie: request.headers.get("Cookie"),
  log: context.log,
});

/** Seconds after which a log-in that found no place in the queue is worth another try. */
const BUSY_SECONDS = 5;

/** How a password or code that was not accepted is answered. */
export function describeRefusal(check: NotAccepted, wrong: string) {
  switch (check.result) {
    case "wrong":
      return { status: 401, message: wrong };
    case "demo":
      return {
        status: 403,
        message:
          "This account has the public password of a demo, and this site is not one. Its operator can set a new password: npm run account.",
      };
    case "disabled":
      return {
        status: 403,
        message: "This account is disabled. Ask an operator of the site to enable it.",
      };
    case "busy":
      return {
        status: 503,
        retryAfter: BUSY_SECONDS,
        message:
          "Many people are logging in at this moment, so this was not checked. Try again in a few seconds.",
      };
    case "limited": {
      const { waitSeconds } = check;
      const wait =
        waitSeconds < 60
          ? formatCount(waitSeconds, "second")
          : formatCount(Math.ceil(waitSeconds / 60), "minute");
      return { status: 429, retryAfter: waitSeconds, message: `Too many attempts. Try again in ${wait}.` };
    }
  }
}

function refuse(check: NotAccepted, wrong: string, failure: Pick<LogInFailure, "email"> = {}) {
  const { status, message, retryAfter } = describeRefusal(check, wrong);
  return answer({ ...failure, message }, status, retryAfter);
}

const answer = (failure: LogInFailure, status: number, retryAfter?: number) =>
  json(failure, { status, headers: retryAfter ? { "Retry-After": String(retryAfter) } : undefined });

const readForm = (request: Request) =>
  request
    .clone()
    .formData()
    .catch(() => null);

/**
 * Checks the e-mail address and password. If the user has a second factor, it asks for a code; otherwise it logs them in.
 * @throws a redirect in both cases.
 */
export async function sendPassword({ context, request }: Args) {
  const form = await readForm(request);
  if (!form) return answer({ message: "The form could not be read. Please send it again." }, 400);
  const failure = checkLogInFields(form);
  if (failure) return answer(failure, 400);
  const { logIn, secondFactors, codeStep } = context.runtime.auth;
  const check = await logIn.checkForm(request, askerOf(context, request));
  if (check.result !== "ok")
    return refuse(check, "The e-mail address and password do not match. Please try again.", {
      email: typedEmail(form),
    });
  const next = safeRedirect(form.get("next"));
  if (!(await secondFactors.isOn(check.person.id)))
    return enter({ context, request }, check.person.id, next, []);
  throw redirect(`/login/code?next=${encodeURIComponent(next)}`, {
    status: 303,
    headers: { "Set-Cookie": await codeStep.begin(check.person) },
  });
}

/** Checks the code of a person whose password was right, and logs them in. @throws a redirect when they are. */
export async function sendCode({ context, request }: Args) {
  const form = await readForm(request);
  const { logIn, codeStep, security } = context.runtime.auth;
  const person = await codeStep.personOf(request.headers.get("Cookie"));
  const next = safeRedirect(form?.get("next") ?? null);
  if (!person) throw redirect(`/login?next=${encodeURIComponent(next)}`, { status: 303 });
  const code = String(form?.get("code") ?? "").trim();
  if (!code) return answer({ errors: { code: "Enter the code that your app shows." } }, 400);
  const check = await logIn.checkCode(person, code, askerOf(context, request));
  if (check.result !== "ok")
    return refuse(
      check,
      "This code is wrong, or it was used before. Wait for your app to show the next one, then try again.",
    );
  if (check.with === "recovery code")
    security.record(context.log, "recovery-code-used", { userId: person.id });
  return enter({ context, request }, person.id, next, [await codeStep.end()]);
}

/** Starts the session. @throws the redirect to `next`. */
async function enter(
  { context, request }: Args,
  userId: number,
  next: string,
  cookies: string[],
): Promise<never> {
  const { sessions, auth } = context.runtime;
  const headers = await sessions.start(request, userId);
  const browser = await auth.logIn.rememberBrowser(userId, request.headers.get("Cookie"));
  for (const cookie of [...cookies, ...(browser ? [browser] : [])]) headers.append("Set-Cookie", cookie);
  auth.security.record(context.log, "log-in", { userId });
  throw redirect(next, { status: 303, headers });
}
