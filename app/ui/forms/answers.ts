import { useSyncExternalStore } from "react";
import type { FormResult } from "~/shared/action-result";

/** The result of a form, and when it arrived. */
export interface Answer extends FormResult {
  /** ISO, by the browser's clock. Null for one that came with the page, without JavaScript. */
  at: string | null;
}

/** Forms whose answer is shown in one place. */
export interface FormGroup {
  intents: readonly string[];
  /** The row that they act on; any row if left out. */
  id?: string | number;
}

interface KeptAnswer extends Answer {
  /** The path of the page that the form is on. */
  page: string;
}

/**
 * The answers that have not been dismissed, oldest first. They are kept outside React and the router, so that nothing that happens to
 * the page in the meantime takes one away: new numbers, an interruption, a form that its own success replaces by another.
 */
let answers: readonly KeptAnswer[] = [];
const NONE: readonly KeptAnswer[] = [];
const listeners = new Set<() => void>();

function change(next: readonly KeptAnswer[]) {
  answers = next;
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

/** Keeps the answer of a form on the page with this path, in place of the form's previous one. */
export const keepAnswer = (page: string, result: FormResult) =>
  change([
    ...answers.filter((kept) => kept.page !== page || kept.intent !== result.intent || kept.id !== result.id),
    { ...result, page, at: new Date().toISOString() },
  ]);

/** Drops the answers of a group of forms: a person dismissed them, or sends one of the forms again. */
export const dismissAnswers = (page: string, group: FormGroup) =>
  change(answers.filter((kept) => kept.page !== page || !isOf(group, kept)));

/** Drops all answers of a page that a person has left. */
export const forgetPage = (page: string) => change(answers.filter((kept) => kept.page !== page));

/** The answers of all pages, oldest first. */
export const useKeptAnswers = () =>
  useSyncExternalStore(
    subscribe,
    () => answers,
    () => NONE,
  );

/** Whether a result belongs to one of these forms. */
export const isOf = ({ intents, id }: FormGroup, result: FormResult) =>
  intents.includes(result.intent) && (id === undefined || result.id === String(id));
