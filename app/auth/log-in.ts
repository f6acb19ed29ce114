import { randomBytes } from "node:crypto";
import { Authenticator } from "remix-auth";
import { FormStrategy } from "remix-auth-form";
import type { PrismaClient } from "../../prisma/client/client";
import { type Gate, TooBusy } from "../platform/gate";
import type { Logger } from "../platform/logger";
import { type CookieSettings, signedCookie } from "./cookies";
import { isPublicPassword } from "./demo-accounts";
import type { LogInTries, Trier } from "./log-in-tries";
import { printOf, verifyPassword } from "./passwords";
import type { CodeCheck, SecondFactors } from "./second-factor";
import type { SecurityEvents } from "./security-events";

/** Who asks, as far as limits and log lines are concerned. */
export interface Asker {
  /** The client's address. */
  address: string;
  /** The request's Cookie header: a browser that has logged in to this account before has a limit of its own. */
  cookie: string | null;
  log: Logger;
}

interface Person {
  id: number;
  email: string;
  passwordHash: string;
}

/** Why a password or code was not accepted. Except for "wrong", it was not even looked at. */
export type NotAccepted =
  | { result: "wrong" }
  | { result: "limited"; waitSeconds: number }
  | { result: "busy" }
  /** The password is right, but public, and this site is not a demo. */
  | { result: "demo" }
  /** The password is right, but an operator disabled the account. Only a person who knows it learns of that. */
  | { result: "disabled" };

export type PasswordCheck = { result: "ok"; person: Person } | NotAccepted;

/** The only way to check a password or a code: both are counted first, and limited. */
export interface LogIn {
  /** Checks the fields `email` and `password` of a posted form. */
  checkForm(request: Request, asker: Asker): Promise<PasswordCheck>;
  checkPassword(email: string, password: string, asker: Asker): Promise<PasswordCheck>;
  /** Checks a code of a user's app, or a recovery code, and uses it up. */
  checkCode(
    user: Pick<Person, "id">,
    code: string,
    asker: Asker,
  ): Promise<{ result: "ok"; with: Exclude<CodeCheck, "wrong"> } | NotAccepted>;
  /** The cookie by which this browser is known to have logged in to the account; null if it has it already. */
  rememberBrowser(userId: number, cookieHeader: string | null): Promise<string | null>;
}

/** A browser is known to its accounts for a year, seconds. */
const BROWSER_SECONDS = 365 * 24 * 3600;

interface KnownBrowser {
  userId: number;
  id: string;
  /** Of the password's hash: after a new password, no browser is known that knew the old one. */
  print?: string;
}

export interface LogInParts {
  db: Pick<PrismaClient, "user">;
  tries: LogInTries;
  /** Hashing takes 20 ms of a processor and 19 MiB: few at a time, so that a flood of log-ins leaves time for readers. */
  gate: Gate;
  secondFactors: SecondFactors;
  security: SecurityEvents;
  cookies: CookieSettings;
  /** Whether public passwords are accepted. */
  demo: boolean;
}

/** Wires the check of passwords and codes with their limits. */
export function createLogIn({ db, tries, gate, secondFactors, security, cookies, demo }: LogInParts): LogIn {
  const browserCookie = signedCookie("__tidemark-browser", cookies, BROWSER_SECONDS);

  async function browserOf(cookieHeader: string | null): Promise<KnownBrowser | null> {
    const value: unknown = await browserCookie.parse(cookieHeader);
    return value !== null && typeof value === "object" && "userId" in value && "id" in value
      ? (value as KnownBrowser)
      : null;
  }

  function refuse(
    { limit, waitSeconds }: { limit: string; waitSeconds: number },
    userId: number | undefined,
    { log }: Asker,
  ): NotAccepted {
    security.record(log, "log-in-limited", { limit, userId });
    return { result: "limited", waitSeconds };
  }

  /** Counts a try, checks, and takes the try back when it was right. */
  async function limited<T extends { result: string }>(
    triers: readonly Trier[],
    userId: number | undefined,
    asker: Asker,
    check: () => Promise<T>,
  ): Promise<T | NotAccepted> {
    const started = await tries.begin(triers);
    if (!started.admitted) return refuse(started, userId, asker);
    const checked = await check();
    if (checked.result === "ok") await started.forget();
    return checked;
  }

  /** Runs the check when it is its turn; a check that would wait too long is refused, and nothing is counted. */
  async function inTurn<T>(asker: Asker, work: () => Promise<T | NotAccepted>): Promise<T | NotAccepted> {
    try {
      return await gate.run(work);
    } catch (error) {
      if (!(error instanceof TooBusy)) throw error;
      security.record(asker.log, "log-in-busy");
      return { result: "busy" };
    }
  }

  async function checkPassword(typed: string, password: string, asker: Asker): Promise<PasswordCheck> {
    const browser = await browserOf(asker.cookie);
    const address: Trier = { limit: "address", name: asker.address };
    // A flood from one address must not fill the queue in which everyone else waits.
    const waitSeconds = browser ? 0 : tries.remembers(address);
    if (waitSeconds > 0) return refuse({ limit: "address", waitSeconds }, undefined, asker);
    return inTurn(asker, async () => {
      const email = typed.trim().toLowerCase();
      // No e-mail address contains a NUL, and Postgres refuses it in text: treat it as an unknown user instead of failing.
      const person = email.includes("\0")
        ? null
        : await db.user.findUnique({
            where: { email },
            select: { id: true, email: true, passwordHash: true, disabledAt: true },
          });
      const triers: Trier[] =
        person && browser?.userId === person.id && browser.print === printOf(person.passwordHash)
          ? [{ limit: "browser", name: browser.id }]
          : [address, { limit: "account", name: email }];
      return limited<PasswordCheck>(triers, person?.id, asker, async () => {
        const right = await verifyPassword(person?.passwordHash ?? null, password);
        if (!person || !right) {
          security.record(asker.log, "log-in-failed", { userId: person?.id });
          return { result: "wrong" };
        }
        if (person.disabledAt) {
          security.record(asker.log, "disabled-account-refused", { userId: person.id });
          return { result: "disabled" };
        }
        if (demo || !isPublicPassword(password)) return { result: "ok", person };
        security.record(asker.log, "demo-account-refused", { userId: person.id });
        return { result: "demo" };
      });
    });
  }

  return {
    checkPassword,

    checkForm(request, asker) {
      const authenticator = new Authenticator<PasswordCheck>();
      const verify = ({ form }: { form: FormData }) =>
        checkPassword(String(form.get("email") ?? ""), String(form.get("password") ?? ""), asker);
      return authenticator.use(new FormStrategy(verify), "form").authenticate("form", request);
    },

    checkCode: ({ id }, code, asker) =>
      limited(
        [
          { limit: "address", name: asker.address },
          { limit: "code", name: String(id) },
        ],
        id,
        asker,
        async () => {
          const checked = await secondFactors.check(id, code);
          if (checked !== "wrong") return { result: "ok" as const, with: checked };
          security.record(asker.log, "second-factor-failed", { userId: id });
          return { result: "wrong" as const };
        },
      ),

    async rememberBrowser(userId, cookieHeader) {
      const user = await db.user.findUnique({ where: { id: userId }, select: { passwordHash: true } });
      const print = printOf(user?.passwordHash ?? "");
      const known = await browserOf(cookieHeader);
      if (known?.userId === userId && known.print === print) return null;
      return browserCookie.serialize({
        userId,
        print,
        id: randomBytes(16).toString("base64url"),
      } satisfies KnownBrowser);
    },
  };
}
