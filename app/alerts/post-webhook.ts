import { createHmac } from "node:crypto";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { lookUp } from "~/shared/look-up";
import type { Destination } from "./webhook-address";

/**
 * The signature of a webhook: `v1=` and the hex HMAC-SHA-256, keyed with the channel's secret, of the timestamp (Unix seconds, as
 * in its header), a full stop and the body. Receivers should reject timestamps that are minutes old.
 */
export const sign = (secret: string, timestamp: number, body: string) =>
  `v1=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;

/**
 * Posts JSON to an address that was checked, and to no other: redirects are not followed. @returns the HTTP status. Rejects with
 * a plain sentence on a network error or after `timeoutMs`.
 */
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
        // The name was looked up and checked before; connect to the address that it had then.
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
        // The body is not needed, and may be endless.
        response.destroy();
      },
    );
    const timer = setTimeout(
      () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
    request.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(new Error(explain(error)));
    });
    request.end(body);
  });
}

const EXPLANATIONS: Record<string, string> = {
  ECONNREFUSED: "nothing is listening there",
  ECONNRESET: "the connection was reset",
  EHOSTUNREACH: "the host is unreachable",
  ENETUNREACH: "the network is unreachable",
  ETIMEDOUT: "the connection timed out",
};
const explain = ({ code, message }: NodeJS.ErrnoException) => (code && lookUp(EXPLANATIONS, code)) || message;
