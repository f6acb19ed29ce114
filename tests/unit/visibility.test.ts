import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { whenSeen } from "../../app/pages/reading/visibility";

/** The part of a document that tells whether the page is visible. */
class Page extends EventTarget {
  visibilityState = "visible";
  prerendering = false;
  dispatch(type: string) {
    this.dispatchEvent(new Event(type));
  }
}

const DAY = 86_400_000;

describe("when a page is seen", () => {
  let page: Page;
  let window: EventTarget;
  const onSeen = vi.fn();
  const restore = (persisted: boolean) =>
    window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted }));

  beforeEach(() => {
    vi.useFakeTimers();
    onSeen.mockClear();
    page = new Page();
    window = new EventTarget();
    vi.stubGlobal("document", page);
    vi.stubGlobal("window", window);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("reports once, however often the reader leaves the tab and returns", () => {
    whenSeen(onSeen, DAY);
    vi.runAllTimers();
    page.dispatch("visibilitychange");
    expect(onSeen).toHaveBeenCalledTimes(1);
  });

  it("reports again when the reader comes back to the tab after the window, though the computer slept", () => {
    whenSeen(onSeen, DAY);
    vi.runAllTimers();
    const turn = (state: string, afterMs: number) => {
      vi.setSystemTime(Date.now() + afterMs);
      page.visibilityState = state;
      page.dispatch("visibilitychange");
    };
    turn("hidden", 1000);
    turn("visible", DAY - 2000);
    expect(onSeen, "within the window").toHaveBeenCalledTimes(1);
    turn("hidden", 0);
    turn("hidden", DAY);
    expect(onSeen, "not while nobody looks").toHaveBeenCalledTimes(1);
    turn("visible", 0);
    turn("visible", 1000);
    expect(onSeen).toHaveBeenCalledTimes(2);
  });

  it("waits in a background tab", () => {
    page.visibilityState = "hidden";
    whenSeen(onSeen, DAY);
    vi.runAllTimers();
    expect(onSeen).not.toHaveBeenCalled();
    page.visibilityState = "visible";
    page.dispatch("visibilitychange");
    expect(onSeen).toHaveBeenCalledTimes(1);
  });

  it("waits while the page is prerendered", () => {
    page.prerendering = true;
    whenSeen(onSeen, DAY);
    vi.runAllTimers();
    page.dispatch("visibilitychange");
    expect(onSeen).not.toHaveBeenCalled();
    page.prerendering = false;
    page.dispatch("prerenderingchange");
    expect(onSeen).toHaveBeenCalledTimes(1);
  });

  it("reports again only after a restore from the back/forward cache", () => {
    whenSeen(onSeen, DAY);
    vi.runAllTimers();
    restore(false);
    expect(onSeen).toHaveBeenCalledTimes(1);
    restore(true);
    expect(onSeen).toHaveBeenCalledTimes(2);
  });

  it("reports once when React runs the effect twice", () => {
    whenSeen(onSeen, DAY)();
    whenSeen(onSeen, DAY);
    vi.runAllTimers();
    expect(onSeen).toHaveBeenCalledTimes(1);
  });

  it("reports nothing once stopped", () => {
    const stop = whenSeen(onSeen, DAY);
    stop();
    vi.runAllTimers();
    restore(true);
    expect(onSeen).not.toHaveBeenCalled();
  });
});

describe("where a reader came from", () => {
  it("is named by its origin, on the page on which the reader entered the site and nowhere else", async () => {
    vi.resetModules();
    vi.stubGlobal("location", { pathname: "/story/tide", origin: "https://site.example", search: "" });
    const { referrerOrigin } = await import("../../app/pages/reading/visibility");
    const from = (referrer: string, path = "/story/tide") => {
      vi.stubGlobal("document", { referrer });
      return referrerOrigin(path);
    };
    expect(from("https://news.example:8443/a?b#c")).toBe("https://news.example:8443");
    expect(from("android-app://com.example.app/")).toBe("android-app://com.example.app");
    expect(from("")).toBe("");
    expect(from("https://news.example/", "/story/tide/chapter/1")).toBe("https://site.example");
    vi.unstubAllGlobals();
  });

  it("sends the tags of the address by which they entered, cut, and nothing else of it", async () => {
    vi.resetModules();
    vi.stubGlobal("location", {
      pathname: "/story/tide",
      origin: "https://site.example",
      search: `?utm_source=Masto%20don&utm_medium=social&utm_campaign=${"x".repeat(500)}&token=secret`,
    });
    const { landingTags } = await import("../../app/pages/reading/visibility");
    expect(landingTags("/story/tide")).toEqual({
      source: "Masto don",
      medium: "social",
      name: "x".repeat(160),
    });
    expect(landingTags("/story/tide/chapter/1")).toBeUndefined();
    vi.unstubAllGlobals();
  });

  it.each([
    ["?ref=friends", { source: "friends", medium: undefined, name: undefined }],
    ["?ref=friends&utm_source=tidings", { source: "tidings", medium: undefined, name: undefined }],
    ["?utm_medium=email", undefined],
    ["?theme=dark", undefined],
    ["", undefined],
  ])("reads %j as these tags", async (search, tags) => {
    vi.resetModules();
    vi.stubGlobal("location", { pathname: "/story/tide", origin: "https://site.example", search });
    const { landingTags } = await import("../../app/pages/reading/visibility");
    expect(landingTags("/story/tide")).toEqual(tags);
    vi.unstubAllGlobals();
  });
});
