import { json, type LoaderFunctionArgs } from "@remix-run/node";
import { loadStoryAccount } from "~/pages/stories/load-story-account";

/** Everything that makes up a story's count, for programs. */
export const loader = async (args: LoaderFunctionArgs) =>
  json(await loadStoryAccount(args), { headers: { "Cache-Control": "no-store" } });
