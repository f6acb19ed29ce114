import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { lookUp } from "~/shared/look-up";
import type { Destination } from "./webhook-address";

/** An HTTP answer, as far as it is read. */
export interface HttpAnswer {
  status: number;
  /** The header Retry-After, as it came. */
  retryAfter: string | null;
  /** The start of the body if `reads` asked for it, else "". */
  text: string;
}

/** The most of a body that is read, bytes. */
const LONGEST_TEXT = 2048;

/**
 * Sends a request to an address that was checked, and to no other: redirects are not followed. With a `body`, which is JSON, it is a
 * POST, else a GET. Rejects with a plain sentence on a network error or after `timeoutMs`.
 */
export function request(
  { url, address, family }: Destination,
  {
    body,
    headers = {},
    timeoutMs,
    reads = () => false,
  }: {
    body?: string;
    headers?: Record<string, string>;
    timeoutMs: number;
    /** Whether the body of an answer with this status is needed. */
    reads?(status: number): boolean;
  },
): Promise<HttpAnswer> {
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    let answered = (_text: string) => {};
    const sent = send(
      url,
      {
        method: body === undefined ? "GET" : "POST",
        agent: false,
        // The name was looked up and checked before; connect to the address that it had then.
        lookup: (_host, options, done) =>
          options.all ? done(null, [{ address, family }]) : done(null, address, family),
        headers: {
          "User-Agent": "Tidemark-Alerts/1",
          ...(body === undefined
            ? {}
            : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) }),
          ...headers,
        },
      },
      (response) => {
        const status = response.statusCode ?? 0;
        const chunks: Buffer[] = [];
        let length = 0;
        answered = (text) => {
          clearTimeout(timer);
          resolve({ status, retryAfter: response.headers["retry-after"] ?? null, text });
          // The rest of the body is not needed, and may be endless.
          response.destroy();
        };
        const end = () => answered(Buffer.concat(chunks).toString().slice(0, LONGEST_TEXT));
        if (!reads(status)) return answered("");
        response.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          length += chunk.length;
          if (length >= LONGEST_TEXT) end();
        });
        response.on("end", end);
        response.on("error", end);
      },
    );
    const timer = setTimeout(() => {
      // An answer whose body does not end has a status all the same.
      answered("");
      sent.destroy(new Error(`no answer within ${timeoutMs / 1000} s`));
    }, timeoutMs);
    sent.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(new Error(explainNetworkError(error)));
    });
    sent.end(body);
  });
}

const EXPLANATIONS: Record<string, string> = {
  ECONNREFUSED: "nothing is listening there",
  ECONNRESET: "the connection was reset",
  EHOSTUNREACH: "the host is unreachable",
  ENETUNREACH: "the network is unreachable",
  ENOTFOUND: "its name could not be resolved",
  ETIMEDOUT: "the connection timed out",
};

/** A network error in plain words. */
export const explainNetworkError = ({ code, message }: NodeJS.ErrnoException) =>
  (code && lookUp(EXPLANATIONS, code)) || message;
