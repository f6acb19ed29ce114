import type { IncomingMessage } from "node:http";
import proxyaddr from "proxy-addr";

/**
 * The client's address, with `hops` trusted proxies taken off, so that a forged `X-Forwarded-For` changes nothing. Some proxies
 * write the port too: without it, as it is another one for every connection.
 */
export function clientAddress(request: IncomingMessage, hops: number): string {
  const address = proxyaddr(request, (_address, hop) => hop < hops);
  return (
    /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(address)?.[1] ?? /^\[(.+)\](?::\d+)?$/.exec(address)?.[1] ?? address
  );
}
