import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { whenSeen } from "../../app/pages/reading/visibility";

/** As much of a page as decides whether it is seen. */
class Page extends EventTarget {
  visibilityState = "visible";
  prerendering = false;
  say(type: string) {
    this.dispatchEvent(new Event(type));
  }
}

describe("when a page is seen", () => {
  let page: Page;
  let window: EventTarget;
  const seen = vi.fn();
  const restore = (persisted: boolean) =>
    window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted }));

  beforeEach(() => {
    vi.useFakeTimers();
    seen.mockClear();
    page = new Page();
    window = new EventTarget();
    vi.stubGlobal("document", page);
    vi.stubGlobal("window", window);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("says so once, however often the tab is left and opened again", () => {
    whenSeen(seen);
    vi.runAllTimers();
    page.say("visibilitychange");
    expect(seen).toHaveBeenCalledTimes(1);
  });

  it("waits in a background tab", () => {
    page.visibilityState = "hidden";
    whenSeen(seen);
    vi.runAllTimers();
    expect(seen).not.toHaveBeenCalled();
    page.visibilityState = "visible";
    page.say("visibilitychange");
    expect(seen).toHaveBeenCalledTimes(1);
  });

  it("waits while the page is prerendered", () => {
    page.prerendering = true;
    whenSeen(seen);
    vi.runAllTimers();
    page.say("visibilitychange");
    expect(seen).not.toHaveBeenCalled();
    page.prerendering = false;
    page.say("prerenderingchange");
    expect(seen).toHaveBeenCalledTimes(1);
  });

  it("says so again after a restore from the back/forward cache, and only then", () => {
    whenSeen(seen);
    vi.runAllTimers();
    restore(false);
    expect(seen).toHaveBeenCalledTimes(1);
    restore(true);
    expect(seen).toHaveBeenCalledTimes(2);
  });

  it("is seen once by an effect that React starts twice", () => {
    whenSeen(seen)();
    whenSeen(seen);
    vi.runAllTimers();
    expect(seen).toHaveBeenCalledTimes(1);
  });

  it("is silent once it has ended", () => {
    const end = whenSeen(seen);
    end();
    vi.runAllTimers();
    restore(true);
    expect(seen).not.toHaveBeenCalled();
  });
});
