import { useActionData, useLocation } from "@remix-run/react";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import type { FormResult } from "~/shared/action-result";
import {
  type Answer,
  dismissAnswers,
  type FormGroup,
  forgetPage,
  isOf,
  keepAnswer,
  useKeptAnswers,
} from "./answers";

interface PageAnswers {
  /** The path of the page. */
  page: string;
  answers: readonly Answer[];
}

const PageAnswersContext = createContext<PageAnswers | null>(null);

/**
 * Holds the answers of a page's forms until they are dismissed, a form is sent again, or the person opens another page. With
 * JavaScript, `keepForm` stores them; without, the answer comes with the page.
 */
export function ActionProvider({ children }: { children: ReactNode }) {
  const { pathname: page } = useLocation();
  const kept = useKeptAnswers();
  const withPage = useActionData<FormResult>();
  const [adopted, setAdopted] = useState(false);
  useEffect(() => {
    if (withPage) keepAnswer(page, withPage);
    setAdopted(true);
  }, [withPage, page]);
  useEffect(
    () => () => {
      // An error page in place of this one does not take its answers away.
      if (location.pathname !== page) forgetPage(page);
    },
    [page],
  );
  const answers = adopted
    ? kept.filter((answer) => answer.page === page)
    : withPage
      ? [{ ...withPage, at: null }]
      : [];
  return <PageAnswersContext.Provider value={{ page, answers }}>{children}</PageAnswersContext.Provider>;
}

function usePageAnswers(): PageAnswers {
  const found = useContext(PageAnswersContext);
  if (!found) throw new Error("A form and its answer must be inside an ActionProvider.");
  return found;
}

/** The latest answer of these forms, if there is one. */
export const useResult = (group: FormGroup): Answer | null =>
  usePageAnswers()
    .answers.filter((answer) => isOf(group, answer))
    .pop() ?? null;

/** A function that drops the answers of these forms. */
export function useDismiss(group: FormGroup) {
  const { page } = usePageAnswers();
  return () => dismissAnswers(page, group);
}
