import { parseUrl } from "~/shared/parse-url";
import { withTimeout } from "~/tracker/timeout";
import { request } from "../post-webhook";
import { findDestination } from "../webhook-address";
import type { Answer, ChannelAddress, SendOptions } from "./channel-kind";

/** A receiver must answer within this time, ms, name look-up included. */
export const TIMEOUT_MS = 5000;
/** The longest that a receiver may put us off, ms: an alert must not wait for a day because of a header. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/**
 * Posts JSON to an address after checking it: the name may have moved into a private network since the channel was saved. Only 2xx
 * is delivered. `explain` finds the reason in a refusal's body, which is not read without it; it must return words of its own
 * choice, because a body may contain anything.
 */
export async function postJson(
  { url, body, headers = {} }: { url: string; body: string; headers?: Record<string, string> },
  { allowPrivate, lookup }: SendOptions,
  now: Date,
  explain?: (status: number, body: string) => string | null,
): Promise<Answer> {
  try {
    const destination = await withTimeout(TIMEOUT_MS, findDestination(url, { allowPrivate, lookup }));
    const { status, retryAfter, text } = await request(destination, {
      body,
      headers,
      timeoutMs: TIMEOUT_MS,
      reads: (status) => explain !== undefined && !isOk(status),
    });
    const retryAfterMs = parseRetryAfter(retryAfter, now);
    const because = isOk(status) ? null : (explain?.(status, text) ?? null);
    return {
      delivered: isOk(status),
      status,
      error: refusal(status, because),
      ...(isOk(status) || retryAfterMs === null ? {} : { retryAfterMs }),
    };
  } catch (error) {
    return { delivered: false, status: null, error: (error as Error).message };
  }
}

const isOk = (status: number) => status >= 200 && status < 300;

function refusal(status: number, because: string | null): string | null {
  if (isOk(status)) return null;
  if (status >= 300 && status < 400) return "it redirects; redirects are not followed";
  if (because) return `status ${status}: ${because}`;
  if (status === 401 || status === 403) return `status ${status}: it does not accept our credentials`;
  if (status === 404 || status === 410) return `status ${status}: there is nothing at this address`;
  if (status === 429) return `status ${status}: it gets too many requests`;
  if (status >= 500) return `status ${status}: it has a fault of its own`;
  return `status ${status}: it does not accept the message`;
}

/** Retry-After, seconds or a date, as ms from now, an hour at most; null if it is missing or makes no sense. */
function parseRetryAfter(header: string | null, now: Date): number | null {
  if (header === null) return null;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now.getTime();
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, LONGEST_RETRY_AFTER_MS) : null;
}

/** Checks a channel's address as every attempt will. @throws RefusedAddress */
export async function checkUrl(
  { url }: ChannelAddress,
  { allowPrivate, lookup }: SendOptions,
): Promise<void> {
  await findDestination(url, { allowPrivate, lookup });
}

/** The host of a URL, with its port; "" for what is not a URL, which `checkUrl` refuses. */
export const hostOf = (url: string) => parseUrl(url)?.host ?? "";
