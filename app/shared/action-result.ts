/** What became of something that an operator asked for: one line for her, whatever happened. */
export interface ActionResult {
  ok: boolean;
  text: string;
}

export const done = (text: string): ActionResult => ({ ok: true, text });
export const refused = (text: string): ActionResult => ({ ok: false, text });
