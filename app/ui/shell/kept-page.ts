/**
 * For a reader's page: `export const headers = keptPage;`. The browser may keep it, to show it at once on "back", and asks again before
 * any other use; shared caches may not, as a signed-in reader's name is on it. Every other page is kept nowhere.
 */
export const keptPage = () => ({ "Cache-Control": "private, no-cache" });
