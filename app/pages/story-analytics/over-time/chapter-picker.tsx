import { Form, useSearchParams, useSubmit } from "@remix-run/react";

interface ChapterPickerProps {
  chapters: { number: number; title: string }[];
  /** A chapter's number; null for the whole story. */
  selected: number | null;
}

/** Selects the whole story or one chapter for the chart. A change submits the form; without JavaScript it has a button. */
export function ChapterPicker({ chapters, selected }: ChapterPickerProps) {
  const submit = useSubmit();
  const [search] = useSearchParams();
  return (
    <Form method="get" preventScrollReset className="flex max-w-full items-center gap-2 text-sm">
      {[...search]
        .filter(([name]) => name !== "chapter")
        .map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
      <label className="flex min-w-0 items-center gap-2">
        <span className="text-ink-muted">Show</span>
        <select
          // A new key when the address changes by other means (back, a link) makes the selection follow it.
          key={selected}
          name="chapter"
          defaultValue={selected ?? ""}
          onChange={(event) => submit(event.currentTarget.form, { preventScrollReset: true })}
          className="h-9 min-w-0 max-w-80 truncate rounded-md border border-edge bg-surface px-2 text-ink"
        >
          <option value="">Whole story</option>
          {chapters.map((chapter) => (
            <option key={chapter.number} value={chapter.number}>
              {chapter.number}. {chapter.title}
            </option>
          ))}
        </select>
      </label>
      <noscript>
        <button type="submit" className="button button-quiet">
          Show
        </button>
      </noscript>
    </Form>
  );
}
