import type { EntryContext } from "@remix-run/node";
import { RemixServer } from "@remix-run/react";
import { renderToString } from "react-dom/server";
import { formatCount } from "~/shared/format";
import { lookUp } from "~/shared/look-up";
import { Nonce } from "./nonce";
import { createPageMemory } from "./page-memory";
import { Blank, rememberedPage } from "./remembered-page";

/** Characters of HTML and data that are remembered: a chapter of 2,000 words has about 40,000. */
const MAX_CHARACTERS = 40_000_000;

const memory = createPageMemory(MAX_CHARACTERS);

/**
 * Renders a page of a route with the handle `rememberedPage`, unless the same was rendered before: its path and its loaders' data
 * decide that, so a page is never older than its data. Blanks, filled in for every reader: the counts of reads, the
 * data for the browser, and the nonce. Null for other pages, for errors, and for signed-in readers, whose names are on the page.
 */
export function renderRemembered(context: EntryContext, url: string, nonce: string): string | null {
  const { statusCode, errors, actionData, loaderData, matches } = context.staticHandlerContext;
  const leaf = matches.at(-1)?.route.id ?? "";
  if (lookUp(context.routeModules, leaf)?.handle !== rememberedPage) return null;
  if (statusCode !== 200 || errors || actionData || loaderData.root?.user) return null;
  const { pathname, search } = new URL(url);
  if (search) return null;
  const { reads, ...shown } = lookUp(loaderData, leaf) as { reads: Record<string, number> };

  const state = context.serverHandoffString ?? "";
  return memory.page(
    pathname,
    JSON.stringify(shown),
    (blank) =>
      renderToString(
        <Blank.Provider value={blank}>
          <Nonce.Provider value={blank("nonce")}>
            <RemixServer
              context={{ ...context, serverHandoffString: blank("state") }}
              url={url}
              nonce={blank("nonce")}
            />
          </Nonce.Provider>
        </Blank.Provider>,
      ),
    (name) => {
      if (name === "nonce") return nonce;
      if (name === "state") return state;
      const [form, key = ""] = name.split(" ");
      const count = lookUp(reads, key) ?? 0;
      return form === "number" ? String(count) : formatCount(count, "read");
    },
  );
}
