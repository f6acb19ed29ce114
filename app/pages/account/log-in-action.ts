import { type ActionFunctionArgs, type AppLoadContext, json, redirect } from "@remix-run/node";
import { DEMO_EMAILS, type DemoRole, demoPasswordOf } from "~/auth/demo-accounts";
import { askedPage, landingOf } from "~/auth/landing";
import type { Asker, NotAccepted, PasswordCheck } from "~/auth/log-in";
import { formatCount } from "~/shared/format";
import { lookUp } from "~/shared/look-up";
import { logInAddress } from "./log-in-address";
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
  if (form.has("demo")) return sendDemoPassword({ context, request }, form);
  const failure = checkLogInFields(form);
  if (failure) return answer(failure, 400);
  const check = await context.runtime.auth.logIn.checkForm(request, askerOf(context, request));
  if (check.result !== "ok")
    return refuse(check, "The e-mail address and password do not match. Please try again.", {
      email: typedEmail(form),
    });
  return accept({ context, request }, check.person, askedPage(form.get("next")));
}

/** Logs in with the public password of a role's demo account, by the same check: limits, events, and a 403 outside a demo. */
async function sendDemoPassword({ context, request }: Args, form: FormData) {
  const role = String(form.get("demo"));
  const email = lookUp<string>(DEMO_EMAILS, role);
  if (!email) return answer({ message: "The demo has no such account." }, 400);
  const check = await context.runtime.auth.logIn.checkPassword(
    email,
    demoPasswordOf(role as DemoRole),
    askerOf(context, request),
  );
  if (check.result !== "ok")
    return refuse(check, "This account has another password now, so it must be typed above.", { email });
  return accept({ context, request }, check.person, askedPage(form.get("next")));
}

/** Logs a person in whose password was right, or asks for their code first. @throws a redirect in both cases. */
async function accept(
  { context, request }: Args,
  person: Extract<PasswordCheck, { result: "ok" }>["person"],
  next: string,
): Promise<never> {
  const { secondFactors, codeStep } = context.runtime.auth;
  if (!(await secondFactors.isOn(person.id))) return enter({ context, request }, person.id, next, []);
  throw redirect(logInAddress(next, "/login/code"), {
    status: 303,
    headers: { "Set-Cookie": await codeStep.begin(person) },
  });
}

/** Checks the code of a person whose password was right, and logs them in. @throws a redirect when they are. */
export async function sendCode({ context, request }: Args) {
  const form = await readForm(request);
  const { logIn, codeStep, security } = context.runtime.auth;
  const person = await codeStep.personOf(request.headers.get("Cookie"));
  const next = askedPage(form?.get("next"));
  if (!person) throw redirect(logInAddress(next), { status: 303 });
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

/** Starts the session. @throws the redirect to `next`, or to the landing page of the person's role when that is "". */
async function enter(
  { context, request }: Args,
  userId: number,
  next: string,
  cookies: string[],
): Promise<never> {
  const { sessions, auth, db } = context.runtime;
  const { role } = await db.user.findUniqueOrThrow({ where: { id: userId }, select: { role: true } });
  const headers = await sessions.start(request, userId);
  const browser = await auth.logIn.rememberBrowser(userId, request.headers.get("Cookie"));
  for (const cookie of [...cookies, ...(browser ? [browser] : [])]) headers.append("Set-Cookie", cookie);
  auth.security.record(context.log, "log-in", { userId });
  throw redirect(next || landingOf(role), { status: 303, headers });
}
