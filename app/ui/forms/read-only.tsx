import { createContext, useContext } from "react";

/** Whether the person may look at the pages inside, and change nothing there. */
const ReadOnly = createContext(false);

/** Around pages: switches the forms inside off, and says why. The server refuses them in any case. */
export const ReadOnlyForms = ReadOnly.Provider;

/** Whether forms here are switched off. */
export const useReadOnly = () => useContext(ReadOnly);

/** Why a form is switched off. */
export const ReadOnlyNote = ({ id }: { id: string }) => (
  <p id={id} className="text-xs text-ink-muted">
    You are a read-only operator: only operators can change this.
  </p>
);
