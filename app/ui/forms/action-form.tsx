import { type ReactNode, useEffect, useRef } from "react";
import { lookUp } from "~/shared/look-up";
import { usePageActions, useResult } from "./action-provider";
import { FormResultContext, TextField } from "./fields";

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
  /** Requires a reason; a string is the field's initial value. */
  reason?: boolean | string;
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
  const { fetcher } = usePageActions();
  const result = useResult({ intents: [intent], id });
  const idle = !fetcher || fetcher.state === "idle";
  const sending =
    !idle &&
    fetcher.formData?.get("intent") === intent &&
    (fetcher.formData.get("id") ?? "") === String(id ?? "");
  useEffect(() => {
    if (!result || !idle) return;
    if (result.ok) form.current?.reset();
    else form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [result, idle]);
  if (!fetcher) throw new Error("An ActionForm must be inside an ActionProvider.");
  return (
    <fetcher.Form
      ref={form}
      method="post"
      className={inline ? "flex flex-wrap items-end gap-3" : "flex flex-col gap-4"}
    >
      <input type="hidden" name="intent" value={intent} />
      {id !== undefined && <input type="hidden" name="id" value={id} />}
      {Object.entries(hidden).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <FormResultContext.Provider value={result}>
        {children}
        {reason !== false && (
          <TextField
            label="Reason (kept in the audit log)"
            name="reason"
            value={reason === true ? undefined : reason}
            required
            minLength={3}
            maxLength={500}
            autoComplete="off"
          />
        )}
      </FormResultContext.Provider>
      {[...Object.keys(hidden), "id"].map(
        (name) =>
          result &&
          lookUp(result.errors, name) && (
            <p key={name} className="text-sm font-medium">
              {lookUp(result.errors, name)}
            </p>
          ),
      )}
      <button
        type="submit"
        className={`button ${inline ? "self-end" : "self-start"} ${quiet ? "button-quiet" : ""}`}
        aria-label={label}
        disabled={sending}
      >
        {sending ? "Sending…" : button}
      </button>
    </fetcher.Form>
  );
}
