import { useFetcher } from "@remix-run/react";
import { type ReactNode, useEffect, useId, useRef } from "react";
import type { FormResult } from "~/shared/action-result";
import { lookUp } from "~/shared/look-up";
import { useDismiss, useResult } from "./action-provider";
import { FieldError } from "./answer-box";
import { FormResultContext, TextField } from "./fields";
import { ReadOnlyNote, useReadOnly } from "./read-only";

interface ActionFormProps {
  /** The name of the action. */
  intent: string;
  /** The row that it acts on, where the page has several. */
  id?: string | number;
  button: string;
  /** The button's name for screen readers, where its text needs its surroundings. */
  label?: string;
  /** Fields that the form sets itself. */
  hidden?: Record<string, string>;
  /** Asks for a reason, which may be optional. */
  reason?: boolean | "optional";
  /** Not the page's main action. */
  quiet?: boolean;
  /** Fields and button on one line where there is room. */
  inline?: boolean;
  children?: ReactNode;
}

/**
 * The form of one action. A refused form keeps its input, and the first field to correct gets the focus; a form that
 * succeeded is reset.
 */
export function ActionForm({
  intent,
  id,
  button,
  label,
  hidden = {},
  reason = false,
  quiet,
  inline,
  children,
}: ActionFormProps) {
  const form = useRef<HTMLFormElement>(null);
  const noteId = useId();
  const readOnly = useReadOnly();
  // Its own, so that two forms sent at the same time both get their answer.
  const fetcher = useFetcher<FormResult>();
  const group = { intents: [intent], id };
  const result = useResult(group);
  const dismiss = useDismiss(group);
  // Once there is an answer, the form can be sent again: a button that stayed disabled while the page is read would swallow Enter.
  const sending = fetcher.state === "submitting";
  const isIdle = fetcher.state === "idle";
  const handled = useRef<string | null>(null);
  useEffect(() => {
    if (!result || !isIdle || handled.current === result.at) return;
    handled.current = result.at;
    if (result.ok) form.current?.reset();
    else form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [result, isIdle]);
  const fields = (
    <FormResultContext.Provider value={result}>
      {children}
      {reason !== false && (
        <TextField
          label={`Reason (${reason === "optional" ? "optional, " : ""}kept in the audit log)`}
          name="reason"
          required={reason === true}
          maxLength={500}
          autoComplete="off"
        />
      )}
    </FormResultContext.Provider>
  );
  return (
    <fetcher.Form
      ref={form}
      method="post"
      // The server checks every field and says beside it what is wrong; a browser's own messages come one by one and vanish.
      noValidate
      onSubmit={dismiss}
      className={inline ? "flex flex-wrap items-end gap-3" : "flex flex-col gap-4"}
    >
      <input type="hidden" name="intent" value={intent} />
      {id !== undefined && <input type="hidden" name="id" value={id} />}
      {Object.entries(hidden).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {/* Always there: a person whose role changes meanwhile keeps what they have typed. */}
      <fieldset disabled={readOnly} className="contents">
        {fields}
      </fieldset>
      {[...Object.keys(hidden), "id"].map(
        (name) =>
          result &&
          lookUp(result.errors, name) && <FieldError key={name} text={lookUp(result.errors, name) ?? ""} />,
      )}
      <button
        type="submit"
        className={`button ${inline ? "self-end" : "self-start"} ${quiet ? "button-quiet" : ""}`}
        aria-label={label}
        aria-describedby={readOnly ? noteId : undefined}
        disabled={sending || readOnly}
      >
        {sending ? "Sending…" : button}
      </button>
      {readOnly && <ReadOnlyNote id={noteId} />}
    </fetcher.Form>
  );
}
