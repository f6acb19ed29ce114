import type { Page } from "@playwright/test";

/**
 * Waits until React has taken the page over. Before that a click may fall between the browser and React, and whatever
 * writes into the document (a screenshot of Playwright's does) is a mismatch to React. React says so nowhere but in its root.
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
