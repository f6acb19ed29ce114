/** What the list may be ordered by, as it stands in the address, and whether a first click puts the largest on top. */
export const LIST_ORDERS = {
  title: { label: "Story", down: false },
  total: { label: "Total views", down: true },
  week: { label: "Last 7 days", down: true },
  before: { label: "Previous 7 days", down: true },
  change: { label: "Change", down: true },
  next: { label: "Next publication", down: false },
} as const;

export type ListOrder = keyof typeof LIST_ORDERS;

/** Which of an editor's stories the list shows, and in which order. All of it is in the address. */
export interface ListSelection {
  /** Words that must all occur in a story's title, genre or tags; "" for all stories. */
  text: string;
  /** Only stories with this tag; "" for all. */
  tag: string;
  order: ListOrder;
  /** The largest, or the last of the alphabet, first. */
  down: boolean;
  /** From 1 on. */
  page: number;
}

const LONGEST_TEXT = 200;
const LAST_PAGE = 10_000;
const DEFAULT_ORDER: ListOrder = "week";

export const WHOLE_LIST: ListSelection = { text: "", tag: "", order: DEFAULT_ORDER, down: true, page: 1 };

/** Parses the address; anything that it cannot mean is left at its default. */
export function parseListSelection(search: URLSearchParams): ListSelection {
  const clean = (name: string) =>
    (search.get(name) ?? "").replaceAll("\0", "").trim().slice(0, LONGEST_TEXT).normalize("NFC");
  const asked = search.get("sort") ?? "";
  const order = Object.hasOwn(LIST_ORDERS, asked) ? (asked as ListOrder) : DEFAULT_ORDER;
  const direction = search.get("order");
  const page = Number(search.get("page"));
  return {
    text: clean("q"),
    tag: clean("tag"),
    order,
    down: direction === "down" || (direction !== "up" && LIST_ORDERS[order].down),
    page: Number.isInteger(page) && page >= 1 && page <= LAST_PAGE ? page : 1,
  };
}

/** The same as parameters of an address, without what is the default. */
export function listSearch({ text, tag, order, down, page }: ListSelection): string {
  const search = new URLSearchParams();
  if (text) search.set("q", text);
  if (tag) search.set("tag", tag);
  if (order !== DEFAULT_ORDER) search.set("sort", order);
  if (down !== LIST_ORDERS[order].down) search.set("order", down ? "down" : "up");
  if (page > 1) search.set("page", String(page));
  return search.size > 0 ? `?${search}` : "";
}

/** The list in another order: from its first page on, and the other way round where it has that order already. */
export const sortedBy = (selection: ListSelection, order: ListOrder): ListSelection => ({
  ...selection,
  order,
  down: selection.order === order ? !selection.down : LIST_ORDERS[order].down,
  page: 1,
});

/** Whether the list leaves stories out. */
export const isFiltered = ({ text, tag }: ListSelection) => text !== "" || tag !== "";
