import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { currentUser } from "~/auth/current-user";
import { CataloguePage } from "~/pages/reading/catalogue-page";
import { parseCataloguePage, readCatalogue, readGenres } from "~/pages/reading/read-catalogue";
import { readReadingPlaces } from "~/pages/reading/read-reading-places";
import { publicOrigin } from "~/platform/site-origin";
import { SITE_FEED } from "~/shared/story-paths";
import { keptPage } from "~/ui/shell/kept-page";
import { pageMeta } from "~/ui/shell/page-meta";

/** One page of the catalogue, and on the first page where a signed-in reader can continue. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const { runtime } = context;
  const page = parseCataloguePage(new URL(request.url).searchParams.get("page"));
  const [catalogue, genres, reader] = await Promise.all([
    readCatalogue(runtime, page),
    readGenres(runtime),
    currentUser(context, request),
  ]);
  return {
    ...catalogue,
    page,
    genres,
    reader: reader && { name: reader.name },
    places: page === 1 ? await readReadingPlaces(runtime, reader) : [],
    now: new Date().toISOString(),
    origin: publicOrigin(runtime.env),
  };
}

export const headers = keptPage;

export const meta: MetaFunction<typeof loader> = ({ data }) =>
  data
    ? pageMeta({
        title: data.page === 1 ? "Tidemark: serial fiction" : `Stories, page ${data.page} · Tidemark`,
        description:
          "Serial fiction, one chapter at a time. Newest chapters first; every read is counted exactly once.",
        origin: data.origin,
        path: data.page === 1 ? "/" : `/?page=${data.page}`,
        feed: { path: SITE_FEED, title: "New chapters" },
      })
    : [];

export default function CatalogueRoute() {
  const data = useLoaderData<typeof loader>();
  // As with chapters, nothing of one page is left on the next.
  return <CataloguePage key={data.page} {...data} />;
}
