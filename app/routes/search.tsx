import { type LoaderFunctionArgs, type MetaFunction, redirect } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { CataloguePage } from "~/pages/reading/catalogue-page";
import { parseCataloguePage, readCatalogue, readGenres } from "~/pages/reading/read-catalogue";
import { keptPage } from "~/ui/shell/kept-page";

/** More is cut off: no title is longer. */
const LONGEST = 200;

/** The stories with all words of a search. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const { runtime } = context;
  const { searchParams } = new URL(request.url);
  const search = (searchParams.get("q") ?? "").replaceAll("\0", "").trim().slice(0, LONGEST);
  if (!search) throw redirect("/");
  const page = parseCataloguePage(searchParams.get("page"));
  const [catalogue, genres] = await Promise.all([
    readCatalogue(runtime, page, { search }),
    readGenres(runtime),
  ]);
  return { ...catalogue, genres, search, page, now: new Date().toISOString() };
}

export const headers = keptPage;

/** Search engines need no pages of searches. */
export const meta: MetaFunction<typeof loader> = ({ data }) =>
  data ? [{ title: `${data.search} · Tidemark` }, { name: "robots", content: "noindex" }] : [];

export default function SearchRoute() {
  const data = useLoaderData<typeof loader>();
  return <CataloguePage key={`${data.search} ${data.page}`} {...data} />;
}
