import { type FetcherWithComponents, useActionData, useFetcher } from "@remix-run/react";
import { createContext, type ReactNode, useContext } from "react";
import type { FormResult } from "~/shared/action-result";

interface PageActions {
  /** Null outside a provider, as in forms that only change the view of a page. */
  fetcher: FetcherWithComponents<FormResult> | null;
  result: FormResult | null;
}

const PageActionsContext = createContext<PageActions>({ fetcher: null, result: null });

/**
 * Sends the forms of a page and keeps the last result. It uses a fetcher because the result of a plain navigation is lost
 * when the page next refreshes its numbers; without JavaScript, the result comes with the page.
 */
export function ActionProvider({ children }: { children: ReactNode }) {
  const fetcher = useFetcher<FormResult>();
  const withoutScript = useActionData<FormResult>();
  return (
    <PageActionsContext.Provider value={{ fetcher, result: fetcher.data ?? withoutScript ?? null }}>
      {children}
    </PageActionsContext.Provider>
  );
}

/** The fetcher and the last result of the page's forms. */
export const usePageActions = () => useContext(PageActionsContext);

/** Forms whose result is shown in one place. */
export interface FormGroup {
  intents: readonly string[];
  /** The row that they act on; any row if left out. */
  id?: string | number;
}

/** The last result, if it belongs to one of these forms. */
export function useResult({ intents, id }: FormGroup): FormResult | null {
  const { result } = usePageActions();
  if (!result || !intents.includes(result.intent)) return null;
  return id === undefined || result.id === String(id) ? result : null;
}

/** The result in one line. Screen readers announce it when it appears. */
export function ResultLine({ of }: { of: FormGroup }) {
  const result = useResult(of);
  return (
    <output
      className={`border-l-2 py-1 pl-3 text-sm empty:hidden ${result?.ok ? "border-ok" : "border-ink font-medium"}`}
    >
      {result?.text}
    </output>
  );
}
