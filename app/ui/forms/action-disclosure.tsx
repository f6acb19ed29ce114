import type { ReactNode } from "react";
import { type FormGroup, ResultLine, useResult } from "./action-provider";

interface ActionDisclosureProps {
  name: string;
  /** How things stand, beside the name. */
  state: ReactNode;
  /** The forms behind it: their result opens it and stands first. */
  forms: FormGroup;
  /** Open without a result, too. */
  open?: boolean;
  children: ReactNode;
}

/** Something that an operator can do: a line that names it and says how things stand, and the form behind it. */
export function ActionDisclosure({ name, state, forms, open = false, children }: ActionDisclosureProps) {
  const answered = useResult(forms) !== null;
  return (
    <details className="group border-b border-line first:border-t" open={open || answered}>
      <summary className="flex min-h-12 list-none flex-wrap items-center gap-x-3 gap-y-0.5 py-2 [&::-webkit-details-marker]:hidden">
        <span
          aria-hidden="true"
          className="w-3 text-center text-ink-muted transition-transform group-open:rotate-90 motion-reduce:transition-none"
        >
          ›
        </span>
        <span className="font-medium">{name}</span>
        <span className="figures ml-auto text-right text-sm text-ink-muted">{state}</span>
      </summary>
      <div className="flex flex-col gap-4 pt-1 pb-5 pl-6">
        <ResultLine of={forms} />
        {children}
      </div>
    </details>
  );
}
