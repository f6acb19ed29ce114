import { Form, useNavigation } from "@remix-run/react";
import type { ReactNode } from "react";

interface DeedFormProps {
  /** What is to be done, and to what. */
  deed: string;
  id?: string | number;
  button: string;
  /** Says to people who do not see it what the button is about. */
  label?: string;
  /** Not the page's main act. */
  quiet?: boolean;
  /** Fields and button on one line where there is room. */
  inline?: boolean;
  children?: ReactNode;
}

/** A small form of the operators: it posts to its own page, and keeps where the page is scrolled to. */
export function ActionForm({ deed, id, button, label, quiet, inline, children }: DeedFormProps) {
  const navigation = useNavigation();
  const busy =
    navigation.formData?.get("deed") === deed && navigation.formData.get("id") === (id?.toString() ?? null);
  return (
    <Form
      method="post"
      preventScrollReset
      className={inline ? "flex flex-wrap items-end gap-3" : "flex flex-col gap-4"}
    >
      <input type="hidden" name="deed" value={deed} />
      {id !== undefined && <input type="hidden" name="id" value={id} />}
      {children}
      <button
        type="submit"
        className={`button ${inline ? "self-end" : "self-start"} ${quiet ? "button-quiet" : ""}`}
        aria-label={label}
        disabled={busy}
      >
        {busy ? "Asking…" : button}
      </button>
    </Form>
  );
}

const SPANS = [
  [30, "30 minutes"],
  [60, "1 hour"],
  [240, "4 hours"],
  [1440, "1 day"],
  [10_080, "1 week"],
] as const;

/** For how long; the form sends minutes. */
export function SpanField({ label, usual = 60 }: { label: string; usual?: number }) {
  return (
    <label className="flex flex-col gap-1 text-sm">
      <span className="text-ink-muted">{label}</span>
      <select className="field" name="minutes" defaultValue={usual}>
        {SPANS.map(([minutes, words]) => (
          <option key={minutes} value={minutes}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
