import type { ReactNode } from "react";

/** The sign of success (a tick in a circle) or of an error (an exclamation mark in a triangle): a shape, not only a colour. */
const Sign = ({ ok }: { ok: boolean }) => (
  <svg
    viewBox="0 0 16 16"
    aria-hidden="true"
    className={`mt-0.5 size-4 shrink-0 ${ok ? "text-ok" : "text-alarm"}`}
    fill="none"
    stroke="currentColor"
    strokeWidth="1.6"
    strokeLinecap="round"
    strokeLinejoin="round"
  >
    {ok ? (
      <>
        <circle cx="8" cy="8" r="6.5" />
        <path d="m5 8.2 2.1 2.1L11 6" />
      </>
    ) : (
      <>
        <path d="M8 1.8 15 14H1L8 1.8Z" />
        <path d="M8 6.4v3.2M8 11.7v.1" />
      </>
    )}
  </svg>
);

/** An error beside the field that it is about; the field's `aria-describedby` names `id`. */
export const FieldError = ({ id, text }: { id?: string; text: string }) => (
  <p id={id} className="flex items-start gap-1.5 text-sm font-medium text-alarm">
    <Sign ok={false} />
    <span className="min-w-0 break-words">{text}</span>
  </p>
);

interface AnswerBoxProps {
  id?: string;
  ok: boolean;
  children: ReactNode;
}

/** An answer with its sign. Screen readers announce it when it appears, an error at once. */
export const AnswerBox = ({ id, ok, children }: AnswerBoxProps) => {
  const Box = ok ? "output" : "div";
  return (
    <Box
      id={id}
      role={ok ? undefined : "alert"}
      className={`flex items-start gap-2 rounded-sm border-l-3 bg-sunken py-2 pr-2 pl-3 text-sm ${ok ? "border-ok" : "border-alarm"}`}
    >
      <Sign ok={ok} />
      {children}
    </Box>
  );
};
