import type { Page } from "@playwright/test";

/**
 * Waits until React has hydrated the page. Before that a click may be lost, and anything that writes into the document (as a
 * Playwright screenshot does) causes a hydration mismatch. React exposes this state only in its root.
 */
export async function hydrated(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const key = Object.keys(document).find((name) => name.startsWith("__reactContainer$"));
    const root = key && (document as unknown as Record<string, ReactRoot>)[key];
    return root ? root.stateNode.current.memoizedState?.isDehydrated === false : false;
  });
}

interface ReactRoot {
  stateNode: { current: { memoizedState: { isDehydrated: boolean } | null } };
}
