import type { PrismaClient } from "../../prisma/client/client";
import { type CookieSettings, signedCookie } from "./cookies";
import { printOf } from "./passwords";

/** Time to find the phone and type a code, seconds. */
const STEP_SECONDS = 600;

/** A person whose password was right, and whose code is still missing. */
export interface Waiting {
  id: number;
  email: string;
}

/** The time between a right password and a right code. It is kept in a signed cookie, which opens nothing by itself. */
export interface CodeStep {
  /** @returns the cookie to set. */
  begin(person: { id: number; passwordHash: string }): Promise<string>;
  /** Who is waiting; null if the password is too long ago, or was changed or the account disabled since. */
  personOf(cookieHeader: string | null): Promise<Waiting | null>;
  /** @returns the cookie that ends the step. */
  end(): Promise<string>;
}

interface Value {
  userId: number;
  /** Unix ms. */
  until: number;
  /** Of the password's hash, so that a new password ends the step. */
  print: string;
}

/** `now`: Unix ms. */
export function createCodeStep(
  db: Pick<PrismaClient, "user">,
  cookies: CookieSettings,
  now = Date.now,
): CodeStep {
  const cookie = signedCookie("__tidemark-code", cookies, STEP_SECONDS);

  return {
    begin: ({ id, passwordHash }) =>
      cookie.serialize({
        userId: id,
        until: now() + STEP_SECONDS * 1000,
        print: printOf(passwordHash),
      } satisfies Value),

    async personOf(cookieHeader) {
      // We signed it, so it has this form.
      const value = (await cookie.parse(cookieHeader)) as Value | "" | null;
      if (!value || value.until < now()) return null;
      const user = await db.user.findUnique({ where: { id: value.userId } });
      if (!user || user.disabledAt || printOf(user.passwordHash) !== value.print) return null;
      return { id: user.id, email: user.email };
    },

    end: () => cookie.serialize("", { maxAge: 0 }),
  };
}
