import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { CataloguePage } from "~/pages/reading/catalogue-page";
import { parseCataloguePage, readCatalogue, readGenres } from "~/pages/reading/read-catalogue";
import { notFound } from "~/platform/not-found";
import { publicOrigin } from "~/platform/site-origin";
import { genrePath } from "~/shared/story-paths";
import { keptPage } from "~/ui/shell/kept-page";
import { pageMeta } from "~/ui/shell/page-meta";

/** The stories of one genre. A genre without published stories is no page. */
export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const { runtime } = context;
  const genre = params.genre ?? "";
  const page = parseCataloguePage(new URL(request.url).searchParams.get("page"));
  // Postgres refuses NUL in text.
  if (!genre || genre.includes("\0")) throw notFound("There are no stories of this genre.");
  const [catalogue, genres] = await Promise.all([
    readCatalogue(runtime, page, { genre }),
    readGenres(runtime),
  ]);
  if (page === 1 && catalogue.stories.length === 0) throw notFound("There are no stories of this genre.");
  return {
    ...catalogue,
    genres,
    genre,
    page,
    now: new Date().toISOString(),
    origin: publicOrigin(runtime.env),
  };
}

export const headers = keptPage;

export const meta: MetaFunction<typeof loader> = ({ data }) =>
  data
    ? pageMeta({
        title: `${data.genre}${data.page === 1 ? "" : `, page ${data.page}`} · Tidemark`,
        description: `Serial fiction: ${data.genre}. Newest chapters first.`,
        origin: data.origin,
        path: `${genrePath(data.genre)}${data.page === 1 ? "" : `?page=${data.page}`}`,
      })
    : [];

export default function GenreRoute() {
  const data = useLoaderData<typeof loader>();
  return <CataloguePage key={`${data.genre} ${data.page}`} {...data} />;
}
