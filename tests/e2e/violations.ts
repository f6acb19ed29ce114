import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";

/** The rules on colours among those that axe runs unless told otherwise. */
const COLOR_RULES = ["color-contrast", "link-in-text-block"];

/**
 * What axe finds wrong with a page: a few lines for each rule, and an empty list when all is well. `within` selects a part of the
 * page; `only: "colors"` runs just the rules that look at colours.
 *
 * No page has frames, so axe runs in the page itself ("legacy mode") instead of opening a second one that merges frames, and it
 * describes only what is wrong. Every rule runs all the same, in a third of the time.
 */
export async function violations(
  page: Page,
  { within, only }: { within?: string; only?: "colors" } = {},
): Promise<string[]> {
  if (page.frames().length > 1)
    throw new Error("This page has frames, which axe does not look into in legacy mode.");
  const axe = new AxeBuilder({ page }).setLegacyMode().options({
    resultTypes: ["violations"],
    ...(only && { runOnly: { type: "rule", values: COLOR_RULES } }),
  });
  if (within) axe.include(within);
  const found = await axe.analyze();
  return found.violations.map(({ id, help, nodes }) =>
    [
      `${id}: ${help}`,
      ...nodes.map(({ target, failureSummary }) => `${target.join(" ")}: ${failureSummary}`),
    ].join("\n"),
  );
}
