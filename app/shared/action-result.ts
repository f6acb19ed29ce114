/** What became of something that an operator asked for: one line for them, whatever happened. */
export interface ActionResult {
  ok: boolean;
  text: string;
}

export const done = (text: string): ActionResult => ({ ok: true, text });
export const refused = (text: string): ActionResult => ({ ok: false, text });

/** The answer to one form, as its page shows it. */
export interface FormResult extends ActionResult {
  /** Which form it answers: its intent, and the `id` of what it was about ("" where there is only one). */
  intent: string;
  id: string;
  /** One sentence per field that is wrong. */
  errors: Record<string, string>;
  /** What a refused form held, for browsers without JavaScript, which would lose it. Secrets are left out. */
  values: Record<string, string>;
}

/** Thrown where something was asked for that makes no sense. Its message is for the person at the form. */
export class Refusal extends Error {
  override name = "Refusal";

  constructor(
    message: string,
    /** The form's field that has to change, where it is one. */
    readonly field?: string,
  ) {
    super(message);
  }
}
