import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, it } from "vitest";
import { Prose } from "../../app/pages/reading/prose";

const inside = (text: string) =>
  renderToStaticMarkup(createElement(Prose, { text })).replace(/^<div[^>]*>|<\/div>$/g, "");

it("renders paragraphs, emphasis and scene breaks", () => {
  expect(inside("One\nline.\r\n\r\nHe did *not* go.\n\n* * *\n\nThree.\n\n\n")).toBe(
    "<p>One\nline.</p><p>He did <em>not</em> go.</p><hr/><p>Three.</p>",
  );
});

it("leaves single asterisks alone, and shows HTML as text", () => {
  expect(inside("2 * 3 * 4 <b>&</b>")).toBe("<p>2 * 3 * 4 &lt;b&gt;&amp;&lt;/b&gt;</p>");
});
