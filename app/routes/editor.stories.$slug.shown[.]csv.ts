import type { LoaderFunctionArgs } from "@remix-run/node";
import { recordExport } from "~/auth/record-export";
import { requireEditorStory } from "~/pages/story-analytics/require-editor";
import { shownCsv } from "~/pages/story-analytics/share/export-shown";
import { readShownNumbers } from "~/pages/story-analytics/share/shown-numbers";
import { download } from "~/platform/csv";

/** The bars that the page "Views over time" shows for the same address. */
export async function loader({ context, request, params }: LoaderFunctionArgs) {
  const { editor, story, sources } = await requireEditorStory(context, request, params.slug);
  const numbers = await readShownNumbers(sources, story, new URL(request.url).searchParams, new Date());
  recordExport(context, request, editor);
  return download(shownCsv(numbers), `story-${story.id}-shown.csv`, "text/csv");
}
