/** What became of something that an operator asked for: one line for her, whatever happened. */
export interface Answer {
  ok: boolean;
  text: string;
}

export const done = (text: string): Answer => ({ ok: true, text });
export const refused = (text: string): Answer => ({ ok: false, text });
