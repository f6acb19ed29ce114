import { z } from "zod";

const EMAIL_MISSING = "Enter your e-mail address.";
const EMAIL_TOO_LONG = "That is longer than any e-mail address (254 characters).";
/** The longest address that mail can be sent to (RFC 5321). */
const MAX_EMAIL = 254;
const PASSWORD_MISSING = "Enter your password.";

const logInFields = z.object({
  // Only the "@" is required: the database knows which addresses exist, and a stricter pattern could reject one of them.
  email: z
    .string(EMAIL_MISSING)
    .trim()
    .min(1, EMAIL_MISSING)
    .max(MAX_EMAIL, EMAIL_TOO_LONG)
    .includes("@", { error: "Enter the whole e-mail address, for example name@example.com." }),
  password: z.string(PASSWORD_MISSING).min(1, PASSWORD_MISSING),
});

/** What the form shows after a refused log-in. The password is never sent back. */
export interface LogInFailure {
  /** About the form as a whole. */
  message?: string;
  /** The first error of each field. */
  errors?: { email?: string; password?: string; code?: string };
  /** As typed, so that people need not type it again. */
  email?: string;
}

/** Checks the fields of a posted log-in form, without hashing a password; null when both are filled in. */
export function checkLogInFields(form: FormData): LogInFailure | null {
  const parsed = logInFields.safeParse({ email: form.get("email"), password: form.get("password") });
  if (parsed.success) return null;
  const { email, password } = z.flattenError(parsed.error).fieldErrors;
  return { errors: { email: email?.[0], password: password?.[0] }, email: typedEmail(form) };
}

/** The e-mail address as it was typed, as far as one can be long. */
export function typedEmail(form: FormData): string {
  const email = form.get("email");
  return typeof email === "string" ? email.slice(0, MAX_EMAIL) : "";
}
