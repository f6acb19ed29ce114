import { Form, useSubmit } from "@remix-run/react";

interface ChapterPickerProps {
  chapters: { number: number; title: string }[];
  chosen: number | null;
  range: string;
}

/** Chooses what the chart shows: a form that sends itself, with a button for those without JavaScript. */
export function ChapterPicker({ chapters, chosen, range }: ChapterPickerProps) {
  const submit = useSubmit();
  return (
    <Form method="get" preventScrollReset className="flex max-w-full items-center gap-2 text-sm">
      <input type="hidden" name="range" value={range} />
      <label className="flex min-w-0 items-center gap-2">
        <span className="text-ink-muted">Show</span>
        <select
          // A new key where the address changes otherwise (back, a link): the choice follows it.
          key={chosen}
          name="chapter"
          defaultValue={chosen ?? ""}
          onChange={(event) => submit(event.currentTarget.form, { preventScrollReset: true })}
          className="h-9 min-w-0 max-w-80 truncate rounded-md border border-edge bg-surface px-2 text-ink"
        >
          <option value="">the whole story</option>
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
