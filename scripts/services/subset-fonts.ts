import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import subsetFont from "subset-font";

const root = path.join(import.meta.dirname, "..", "..");
const sources = path.join(root, "node_modules", "@fontsource-variable");
/** Where `subsetFonts` writes, and `@fonts/` in the pages' imports and styles. */
export const fontsFolder = path.join(root, "node_modules", ".cache", "tidemark-fonts");

const codes = (from: number, to: number) =>
  String.fromCodePoint(...Array.from({ length: to - from + 1 }, (_, i) => from + i));

/** Almost every page of English needs these and no others: ASCII, dashes, quotes, ellipsis, middle dot, minus, no-break space. */
const COMMON = `${codes(0x20, 0x7e)}\u00a0·–—‘’“”…−`;
/** The rest of what the packages call Latin. Loaded by a page that has one of them. app.css has both ranges. */
const WESTERN = `${codes(0xa1, 0xff).replace("·", "")}ıŒœʻʼˆ˚˜†‡•‰‹›⁄€™↑↓∕\ufffd`;

interface Cut {
  /** The file that is cut, in a package of Fontsource. */
  from: string;
  /** Axes: a number pins one, and a range limits it. */
  axes: Record<string, number | { min: number; max: number }>;
  /** The OpenType features that the styles use. */
  features: string[];
}

const inter = ["kern", "tnum"];
/** Literata in one weight, at the optical size of a chapter's text: all weights and sizes would weigh ten times as much. */
const cuts: Record<string, Cut> = {
  literata: {
    from: "literata/files/literata-latin-opsz-normal.woff2",
    axes: { opsz: 19, wght: 400 },
    features: ["kern", "onum"],
  },
  "literata-italic": {
    from: "literata/files/literata-latin-opsz-italic.woff2",
    axes: { opsz: 19, wght: 400 },
    // Emphasis is a few words, so kerning is not worth its 2 KB.
    features: ["onum"],
  },
  inter: { from: "inter/files/inter-latin-wght-normal.woff2", axes: { wght: 400 }, features: inter },
  "inter-bold": {
    from: "inter/files/inter-latin-wght-normal.woff2",
    axes: { wght: { min: 500, max: 700 } },
    features: inter,
  },
};

/**
 * Cuts the typefaces down to what the pages use: `literata-common.woff2`, `literata-western.woff2` and so on. Files that are there
 * from the same sources stay. Both typefaces are under the SIL Open Font License, which allows it and reserves no names.
 */
export async function subsetFonts(): Promise<void> {
  mkdirSync(fontsFolder, { recursive: true });
  for (const [name, cut] of Object.entries(cuts))
    for (const [range, text] of Object.entries({ common: COMMON, western: WESTERN })) {
      const source = readFileSync(path.join(sources, cut.from));
      const hash = createHash("sha256")
        .update(source)
        .update(JSON.stringify([cut, text]))
        .digest("hex");
      const file = path.join(fontsFolder, `${name}-${range}.woff2`);
      const stamp = `${file}.sha256`;
      if (existsSync(file) && existsSync(stamp) && readFileSync(stamp, "utf8") === hash) continue;
      const options = { targetFormat: "woff2", variationAxes: cut.axes, keepFeatures: cut.features } as const;
      writeFileSync(file, await subsetFont(source, text, options));
      writeFileSync(stamp, hash);
    }
}
