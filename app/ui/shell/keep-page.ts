/**
 * Remix puts an error page in place of a page whose next page, or whose new numbers, could not be loaded. Here the page stays
 * instead, says so, and the request is made again. `keepPages` in vite.config.ts puts these functions around Remix's own, the three
 * of them that ask the site for something.
 */

import { lookUp } from "~/shared/look-up";

/** What waits for the site to answer. */
export interface Waiting {
  /** A page that the reader wants to open. */
  page: boolean;
  /** New data for the page that is open, and since when it could not be had, Unix ms. */
  refreshSince: number | null;
}

type Kind = "page" | "refresh";
interface Waiter {
  kind: Kind;
  since: number;
  wake(): void;
}

/** New data is asked for again after this time, ms; a page, when the reader says so. */
const REFRESH_AGAIN_MS = 3000;

const NOTHING: Waiting = { page: false, refreshSince: null };
const waiters = new Set<Waiter>();
const listeners = new Set<() => void>();
let waiting = NOTHING;

/** What waits now; the same object until that changes. */
export const getWaiting = () => waiting;
export const getWaitingOnServer = () => NOTHING;

/** Calls `listener` when something starts to wait or no longer waits. Returns a function that stops it. */
export function subscribeToWaiting(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Makes the requests that wait once more. */
export function tryAgain(kind?: Kind): void {
  for (const waiter of waiters) if (!kind || waiter.kind === kind) waiter.wake();
}

function publish() {
  const refreshes = [...waiters].filter(({ kind }) => kind === "refresh").map(({ since }) => since);
  const page = [...waiters].some(({ kind }) => kind === "page");
  const refreshSince = refreshes.length > 0 ? Math.min(...refreshes) : null;
  if (page === waiting.page && refreshSince === waiting.refreshSince) return;
  waiting = { page, refreshSince };
  for (const listener of listeners) listener();
}

if (typeof window !== "undefined") {
  addEventListener("online", () => tryAgain("refresh"));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") tryAgain("refresh");
  });
}

/** The request got no answer from the site, or one from a proxy that did not get one. */
export class Unanswered extends Error {}
/** Whether a request failed without an answer of the site. */
export const isUnanswered = (error: unknown) => error instanceof Unanswered || error instanceof TypeError;

/** Attempts something until the site answers, or until `signal` aborts it because the reader went elsewhere. */
async function keepTrying<T>(
  kind: Kind,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  const waiter: Waiter = { kind, since: Date.now(), wake: () => {} };
  try {
    for (;;)
      try {
        return await attempt();
      } catch (error) {
        if (signal?.aborted || !isUnanswered(error)) throw error;
        const woken = new Promise<void>((resolve) => {
          waiter.wake = resolve;
        });
        waiters.add(waiter);
        publish();
        const timer = kind === "refresh" ? setTimeout(waiter.wake, REFRESH_AGAIN_MS) : undefined;
        const abort = () => waiter.wake();
        signal?.addEventListener("abort", abort);
        await woken;
        signal?.removeEventListener("abort", abort);
        clearTimeout(timer);
        if (signal?.aborted) throw error;
      }
  } finally {
    if (waiters.delete(waiter)) publish();
  }
}

type FetchData = (request: Request, routeId: string) => Promise<unknown>;

/** Around Remix's `fetchData`, which loads the data of a route. An action is never repeated: whether it was done is unknown. */
export const keepData =
  (fetchData: FetchData): FetchData =>
  (request, routeId) => {
    if (request.method !== "GET") return fetchData(request, routeId);
    const { pathname, search } = new URL(request.url);
    const kind = pathname === location.pathname && search === location.search ? "refresh" : "page";
    return keepTrying(kind, request.signal, async () => {
      const data = await fetchData(request, routeId);
      // An error of the site has a page that says so. But numbers that are on screen stay there.
      if (kind === "refresh" && data instanceof Error) throw new Unanswered(data.message);
      return data;
    });
  };

type Discover = (options: { path: string; signal?: AbortSignal }) => Promise<void>;

/**
 * Around Remix's discovery of the routes behind an address. It opens the address anew when the site has another version by now,
 * which it says with an error.
 */
export const keepDiscovery =
  (create: (...parts: unknown[]) => Discover | undefined) =>
  (...parts: unknown[]): Discover | undefined => {
    const discover = create(...parts);
    return (
      discover &&
      ((options) =>
        keepTrying("page", options.signal, () =>
          discover(options).catch((error: Error) => {
            if (/version mismatch/.test(error.message)) return forever();
            throw options.signal?.aborted ? error : new Unanswered(error.message);
          }),
        ))
    );
  };

/**
 * In place of Remix's `loadRouteModule`, which reloads the page that is open when the script of the next one is gone. This one opens
 * the page that the reader wanted: the site has a new version, and that page comes with it.
 */
export async function loadRouteModule(
  route: { id: string; module: string },
  modules: Record<string, unknown>,
): Promise<unknown> {
  const known = lookUp(modules, route.id);
  if (known !== undefined) return known;
  const router = window.__remixRouter;
  const wanted = router.state.navigation.location;
  const elsewhere = new AbortController();
  const unsubscribe = router.subscribe(({ navigation }) => {
    if (navigation.location !== wanted) elsewhere.abort();
  });
  const load = () =>
    import(/* @vite-ignore */ route.module).catch(async () => {
      if (!(await siteAnswers())) throw new Unanswered("the site does not answer");
      if (elsewhere.signal.aborted) throw new Error("the reader went elsewhere");
      location.assign(wanted ? wanted.pathname + wanted.search + wanted.hash : location.href);
      return forever();
    });
  const loaded = await keepTrying("page", elsewhere.signal, load).finally(unsubscribe);
  modules[route.id] = loaded;
  return loaded;
}

const siteAnswers = () =>
  fetch("/healthz", { cache: "no-store" }).then(
    ({ ok }) => ok,
    () => false,
  );

/** Until the browser has opened another document. */
const forever = () => new Promise<never>(() => {});

interface RouterState {
  navigation: { location?: { pathname: string; search: string; hash: string } };
}
declare global {
  interface Window {
    __remixRouter: {
      readonly state: RouterState;
      subscribe(listener: (state: RouterState) => void): () => void;
    };
  }
}
