import { createHmac } from "node:crypto";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { Destination } from "./webhook-address";

/**
 * The signature of a webhook: `v1=` and the hex HMAC-SHA-256, under the channel's secret, of the timestamp (Unix seconds, as
 * in its header), a full stop and the body. Receivers should refuse timestamps that are minutes old.
 */
export const sign = (secret: string, timestamp: number, body: string) =>
  `v1=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;

/** Posts JSON to an address that was checked, and to no other: redirects are not followed. @returns the status; rejects in plain words after `timeoutMs`. */
export function postWebhook(
  { url, address, family }: Destination,
  body: string,
  headers: Record<string, string>,
  timeoutMs: number,
): Promise<number> {
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send(
      url,
      {
        method: "POST",
        agent: false,
        // The name was looked up and judged before: this is the address that it had then.
        lookup: (_host, options, done) =>
          options.all ? done(null, [{ address, family }]) : done(null, address, family),
        headers: {
          "Content-Type": "application/json",
          "Content-Length": Buffer.byteLength(body),
          "User-Agent": "Tidemark-Alerts/1",
          ...headers,
        },
      },
      (response) => {
        clearTimeout(timer);
        resolve(response.statusCode ?? 0);
        // What it says is of no interest, and may be endless.
        response.destroy();
      },
    );
    const timer = setTimeout(
      () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
    request.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(new Error(plain(error)));
    });
    request.end(body);
  });
}

const PLAIN: Record<string, string> = {
  ECONNREFUSED: "nobody listens there",
  ECONNRESET: "the connection was cut",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ETIMEDOUT: "the connection timed out",
};
const plain = ({ code, message }: NodeJS.ErrnoException) => (code && PLAIN[code]) || message;
