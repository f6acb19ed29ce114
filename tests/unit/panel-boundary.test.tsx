import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { createElement, type ReactElement } from "react";
import { renderToPipeableStream } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { GuardedPanels, PanelBoundary } from "../../app/ui/panel-boundary";
import { PanelView } from "../../app/ui/panel-view";
import { Section } from "../../app/ui/section";

const FAILURE = "This part of the page could not be shown.";

/** Renders as entry.server.tsx does. Rejects when the page fails as a whole. */
function render(page: ReactElement, guarded: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const { pipe } = renderToPipeableStream(
      <GuardedPanels.Provider value={guarded}>{page}</GuardedPanels.Provider>,
      {
        progressiveChunkSize: Number.POSITIVE_INFINITY,
        onShellReady: () => resolve(text(pipe(new PassThrough()))),
        onShellError: reject,
        onError: () => undefined,
      },
    );
  });
}

/** A value of a bad row, which React refuses to render. */
const bad = { not: "text" } as unknown as string;
const Bad = () => <td>{bad}</td>;
const page = (
  <main>
    <h1>A page</h1>
    <Section title="Referrers">
      <Bad />
    </Section>
    <PanelView panel={{ ok: true, data: bad }}>{(data) => data.toUpperCase()}</PanelView>
    <PanelBoundary>{createElement("p", null, "A good part".repeat(2000))}</PanelBoundary>
  </main>
);

describe("a part that cannot be rendered on the server", () => {
  it("fails the page while nothing guards its parts", async () => {
    await expect(render(page, false)).rejects.toThrow("Objects are not valid as a React child");
  });

  it("is one line once they are guarded: its title and the other parts are there, in their place and without a script", async () => {
    const html = await render(page, true);
    expect(html.split(FAILURE)).toHaveLength(3);
    expect(html).toContain("<h2");
    expect(html).toContain("Referrers");
    expect(html).toContain("A good part");
    expect(html).not.toContain("<script");
    expect(html).not.toContain("hidden");
  });

  it("leaves a page alone that has none", async () => {
    const good = <Section title="Devices">Phone</Section>;
    expect(await render(good, false)).toBe((await render(good, true)).replaceAll(/<!--\/?\$-->/g, ""));
  });
});
