import { type ReactNode, useEffect, useState } from "react";
import { useResult } from "./action-provider";
import type { FormGroup } from "./answers";
import { ResultLine } from "./result-line";

interface ActionDisclosureProps {
  name: string;
  /** The current state, beside the name. */
  state: ReactNode;
  /** The forms inside it: their answer opens it and is shown first. */
  forms: FormGroup;
  /** Open even without an answer. */
  open?: boolean;
  /** On phones, a long state goes below the name. */
  stateBelow?: boolean;
  children: ReactNode;
}

/**
 * An operator's action: a line with its name and the current state, which opens to show the form. Only the person closes it again:
 * neither new numbers nor a dismissed answer do.
 */
export function ActionDisclosure({
  name,
  state,
  forms,
  open = false,
  stateBelow = false,
  children,
}: ActionDisclosureProps) {
  const answer = useResult(forms);
  const [opened, setOpened] = useState(open || answer !== null);
  useEffect(() => {
    if (open || answer) setOpened(true);
  }, [open, answer]);
  return (
    <details
      className="group border-b border-line first:border-t"
      open={opened}
      onToggle={(event) => setOpened(event.currentTarget.open)}
    >
      <summary
        className={`flex min-h-12 list-none items-center gap-x-3 py-2 [&::-webkit-details-marker]:hidden ${stateBelow ? "max-sm:flex-wrap" : ""}`}
      >
        <span
          aria-hidden="true"
          className="w-3 shrink-0 text-center text-ink-muted transition-transform group-open:rotate-90 motion-reduce:transition-none"
        >
          ›
        </span>
        <span className="min-w-0 flex-1 font-medium">{name}</span>
        <span
          className={`figures text-right text-sm text-ink-muted sm:max-w-3/5 ${stateBelow ? "max-sm:w-full max-sm:pl-6 max-sm:text-left" : "max-w-3/5"}`}
        >
          {state}
        </span>
      </summary>
      <div className="flex flex-col gap-4 pt-1 pb-5 pl-6">
        <ResultLine of={forms} />
        {children}
      </div>
    </details>
  );
}
