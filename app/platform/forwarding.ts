import type { IncomingHttpHeaders } from "node:http";
import type { Logger } from "./logger";

/** Whether requests come through as many proxies as TRUST_PROXY says. */
export interface Forwarding {
  /** Notes a request. It costs next to nothing: every view passes here. */
  note(headers: IncomingHttpHeaders): void;
  /** What is wrong with TRUST_PROXY and what to do, in sentences; null while the requests of late agree with it. */
  warning(): string | null;
}

/** Requests of the last five to ten minutes decide. */
const PERIOD_MS = 300_000;
/** A single stranger's request proves nothing. */
const FEWEST = 3;

/**
 * Compares the requests' `X-Forwarded-For` with TRUST_PROXY (`hops`). Clients can write the header too, so only what most requests
 * have counts. The first time goes to the log.
 */
export function createForwarding(
  hops: number,
  log: Pick<Logger, "warn">,
  now: () => number = () => performance.now(),
): Forwarding {
  let since = now();
  let earlier = { all: 0, wrong: 0 };
  let current = { all: 0, wrong: 0 };
  let logged = false;

  function rotate() {
    const passed = now() - since;
    if (passed < PERIOD_MS) return;
    earlier = passed < 2 * PERIOD_MS ? current : { all: 0, wrong: 0 };
    current = { all: 0, wrong: 0 };
    since = now();
  }

  function warning() {
    rotate();
    const all = earlier.all + current.all;
    const wrong = earlier.wrong + current.wrong;
    return wrong >= FEWEST && 2 * wrong > all ? explain(hops) : null;
  }

  return {
    warning,
    note(headers) {
      // The clock is read only where something is wrong: a period may be longer while nothing is.
      current.all += 1;
      if (hops === 0 ? !isForwarded(headers) : hopsOf(headers) >= hops) return;
      rotate();
      current.wrong += 1;
      if (logged) return;
      const text = warning();
      if (text === null) return;
      logged = true;
      log.warn(text);
    },
  };
}

const isForwarded = (headers: IncomingHttpHeaders) =>
  headers["x-forwarded-for"] !== undefined || headers.forwarded !== undefined;

/** How many proxies have added to `X-Forwarded-For`. */
function hopsOf({ "x-forwarded-for": chain }: IncomingHttpHeaders): number {
  if (typeof chain !== "string" || chain === "") return 0;
  let hops = 1;
  for (let at = chain.indexOf(","); at !== -1; at = chain.indexOf(",", at + 1)) hops += 1;
  return hops;
}

const explain = (hops: number) =>
  hops === 0
    ? "Most requests come through a proxy, but TRUST_PROXY is 0: all readers seem to have the proxy's address, so different readers count as one, and one person's wrong passwords keep everyone from logging in. Set TRUST_PROXY to the number of proxies in front of the site."
    : `Most requests come through fewer proxies than TRUST_PROXY says (${hops}), so clients can forge their addresses. Set TRUST_PROXY to the number of proxies that every request passes.`;
