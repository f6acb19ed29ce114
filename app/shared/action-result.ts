/** The result of an operator's action, in one line for them. */
export interface ActionResult {
  ok: boolean;
  text: string;
  /** Lines that the page shows now and never again, such as recovery codes. */
  shownOnce?: readonly string[];
}

/** The action was carried out. */
export const done = (text: string): ActionResult => ({ ok: true, text });
/** The action was not carried out; `text` says why. */
export const refused = (text: string): ActionResult => ({ ok: false, text });

/** The result of one form, as its page shows it. */
export interface FormResult extends ActionResult {
  /** The form that it belongs to: its intent, and the `id` of its row ("" where there is only one form). */
  intent: string;
  id: string;
  /** One sentence per field that is wrong. */
  errors: Record<string, string>;
  /** The input of a refused form, for browsers without JavaScript, which would lose it. Secrets are left out. */
  values: Record<string, string>;
}

/** Thrown for a request that makes no sense. Its message is for the person who sent the form. */
export class Refusal extends Error {
  override name = "Refusal";

  constructor(
    message: string,
    /** The form's field to correct, if it is a single one. */
    readonly field?: string,
  ) {
    super(message);
  }
}
