import { Form, Link } from "@remix-run/react";
import { SelectField, TextField } from "~/ui/forms/fields";
import { isFiltered, LIST_ORDERS, type ListSelection, listSearch, WHOLE_LIST } from "./list-selection";

/** Searches the list by words and tag; the order stays. */
export function StorySearch({ selection, tags }: { selection: ListSelection; tags: string[] }) {
  const { text, tag, order, down } = selection;
  const known = tag === "" || tags.includes(tag) ? tags : [tag, ...tags];
  return (
    <Form
      // A new key when the address changes by other means (back, a link) makes the fields follow it.
      key={JSON.stringify([text, tag])}
      method="get"
      role="search"
      className="no-print flex flex-wrap items-end gap-x-4 gap-y-3"
    >
      <TextField label="Title, genre or tag" name="q" value={text} type="search" maxLength={200} />
      {known.length > 0 && (
        <SelectField
          label="Tag"
          name="tag"
          value={tag}
          options={[{ value: "", label: "Any" }, ...known.map((value) => ({ value, label: value }))]}
        />
      )}
      <input type="hidden" name="sort" value={order} />
      {down !== LIST_ORDERS[order].down && <input type="hidden" name="order" value={down ? "down" : "up"} />}
      <button type="submit" className="button button-quiet min-h-11">
        Search
      </button>
      {isFiltered(selection) && (
        <Link to={listSearch({ ...WHOLE_LIST, order, down }) || "?"} className="link self-center text-sm">
          All stories
        </Link>
      )}
    </Form>
  );
}
