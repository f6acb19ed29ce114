import { Form, useNavigation } from "@remix-run/react";
import type { ReactNode } from "react";

export interface ControlAnswer {
  /** Which control was used. */
  control: string;
  ok: boolean;
  text: string;
}

/** Something that an operator can do: a line that says what and how it stands, and the form behind it. */
export function ActionDisclosure({
  name,
  state,
  open,
  children,
}: {
  name: string;
  state: ReactNode;
  open: boolean;
  children: ReactNode;
}) {
  return (
    <details className="group border-b border-line first:border-t" open={open}>
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
      <div className="flex flex-col gap-4 pt-1 pb-5 pl-6">{children}</div>
    </details>
  );
}

/** A form that changes something: it always asks why, and its button says what it does. */
export function ControlForm({
  control,
  button,
  children,
  hidden = {},
}: {
  control: string;
  button: string;
  children?: ReactNode;
  hidden?: Record<string, string>;
}) {
  const navigation = useNavigation();
  const busy = navigation.formData?.get("control") === control;
  return (
    <Form method="post" preventScrollReset className="flex flex-col gap-4">
      <input type="hidden" name="control" value={control} />
      {Object.entries(hidden).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {children}
      <Labelled label="Why (kept in the audit)">
        <input className="field" name="reason" required minLength={3} maxLength={500} autoComplete="off" />
      </Labelled>
      <button type="submit" className="button self-start" disabled={busy}>
        {busy ? "Asking…" : button}
      </button>
    </Form>
  );
}

/** What became of it, in one line, beside the control that was used. */
export function AnswerLine({ answer }: { answer: ControlAnswer | null }) {
  return (
    <output
      className={`text-sm empty:hidden ${answer?.ok ? "border-l-2 border-ok py-1 pl-3" : "border-l-2 border-ink py-1 pl-3 font-medium"}`}
    >
      {answer?.text}
    </output>
  );
}

export function Labelled({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label className="flex max-w-[28rem] flex-col gap-1 text-sm">
      <span className="text-ink-muted">{label}</span>
      {children}
    </label>
  );
}
