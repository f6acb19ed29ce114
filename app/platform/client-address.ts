import type { IncomingMessage } from "node:http";
import proxyaddr from "proxy-addr";

/**
 * The client's address behind `hops` trusted proxies, so that a forged `X-Forwarded-For` changes nothing. Some proxies add the
 * port, which differs for every connection; it is removed.
 */
export function clientAddress(request: IncomingMessage, hops: number): string {
  const address = proxyaddr(request, (_address, hop) => hop < hops);
  return (
    /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(address)?.[1] ?? /^\[(.+)\](?::\d+)?$/.exec(address)?.[1] ?? address
  );
}
