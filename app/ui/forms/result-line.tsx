import { useEffect, useRef } from "react";
import { UtcTime } from "../time/utc-time";
import { useDismiss, useResult } from "./action-provider";
import { AnswerBox } from "./answer-box";
import type { FormGroup } from "./answers";

/**
 * The answer of a group of forms, which stays until it is dismissed or one of the forms is sent again. It takes the focus from its
 * form, unless a field needs correcting: then the form gives it to that field.
 */
export function ResultLine({ of }: { of: FormGroup }) {
  const result = useResult(of);
  const dismiss = useDismiss(of);
  const line = useRef<HTMLDivElement>(null);
  const intents = of.intents.join(" ");
  useEffect(() => {
    if (!result || Object.keys(result.errors).length > 0) return;
    const active = document.activeElement;
    const form = active?.closest("form")?.elements.namedItem("intent");
    // A person who has gone on to another form stays there.
    const isHere = form instanceof HTMLInputElement && intents.split(" ").includes(form.value);
    if (active === document.body || active === null || isHere) line.current?.focus();
  }, [result, intents]);
  if (!result) return null;
  return (
    <div ref={line} tabIndex={-1} className="max-w-[48rem] rounded-sm">
      <AnswerBox ok={result.ok}>
        <span className={`min-w-0 flex-1 break-words ${result.ok ? "" : "font-medium"}`}>
          {result.text}
          {result.at && (
            <span className="figures font-normal text-ink-muted">
              {" "}
              <UtcTime at={result.at} now={result.at} seconds />
            </span>
          )}
        </span>
        <button
          type="button"
          onClick={dismiss}
          aria-label="Dismiss this answer"
          title="Dismiss"
          className="needs-script -my-1 inline-flex size-7 shrink-0 items-center justify-center rounded-sm text-base text-ink-muted hover:text-ink"
        >
          ×
        </button>
      </AnswerBox>
    </div>
  );
}
