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
    whenSeen(onSeen);
    vi.runAllTimers();
    page.dispatch("visibilitychange");
    expect(onSeen).toHaveBeenCalledTimes(1);
  });

  it("waits in a background tab", () => {
    page.visibilityState = "hidden";
    whenSeen(onSeen);
    vi.runAllTimers();
    expect(onSeen).not.toHaveBeenCalled();
    page.visibilityState = "visible";
    page.dispatch("visibilitychange");
    expect(onSeen).toHaveBeenCalledTimes(1);
  });

  it("waits while the page is prerendered", () => {
    page.prerendering = true;
    whenSeen(onSeen);
    vi.runAllTimers();
    page.dispatch("visibilitychange");
    expect(onSeen).not.toHaveBeenCalled();
    page.prerendering = false;
    page.dispatch("prerenderingchange");
    expect(onSeen).toHaveBeenCalledTimes(1);
  });

  it("reports again only after a restore from the back/forward cache", () => {
    whenSeen(onSeen);
    vi.runAllTimers();
    restore(false);
    expect(onSeen).toHaveBeenCalledTimes(1);
    restore(true);
    expect(onSeen).toHaveBeenCalledTimes(2);
  });

  it("reports once when React runs the effect twice", () => {
    whenSeen(onSeen)();
    whenSeen(onSeen);
    vi.runAllTimers();
    expect(onSeen).toHaveBeenCalledTimes(1);
  });

  it("reports nothing once stopped", () => {
    const stop = whenSeen(onSeen);
    stop();
    vi.runAllTimers();
    restore(true);
    expect(onSeen).not.toHaveBeenCalled();
  });
});
