import { request } from "node:http";
import { DEMO_READER_EMAILS, demoPasswordOf } from "../../app/auth/demo-accounts";
import type { DemoPost } from "./readership";

const TIMEOUT_MS = 10_000;

/** The site that the demo's readers read. */
export interface DemoSite {
  /** `http://127.0.0.1:3000`, without a slash. */
  url: string;
  /** How many proxies the site trusts (TRUST_PROXY). */
  trustedProxies: number;
}

interface Answer {
  status: number;
  cookies: string[];
}

/**
 * Sends requests through the site's front door, as browsers do. Readers have addresses of their own: with a trusted proxy, we write what
 * it would; without one, each network is another address of this machine's loopback, where the system has more than one.
 */
export function createSender({ url, trustedProxies }: DemoSite) {
  const { hostname, port, host } = new URL(url);
  const sessions = new Map<number, string>();
  let hasAddresses = process.platform === "linux" && hostname === "127.0.0.1";

  function post(path: string, body: string, headers: Record<string, string>, network: number) {
    return new Promise<Answer>((resolve, reject) => {
      const sent = request(
        {
          hostname,
          port,
          path,
          method: "POST",
          agent: false,
          timeout: TIMEOUT_MS,
          ...(hasAddresses && trustedProxies === 0 && { localAddress: loopbackAddress(network) }),
          headers: {
            Host: host,
            Origin: url,
            "Content-Length": String(Buffer.byteLength(body)),
            ...(trustedProxies > 0 && { "X-Forwarded-For": publicAddress(network) }),
            ...headers,
          },
        },
        (response) => {
          response.resume();
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, cookies: response.headers["set-cookie"] ?? [] }),
          );
        },
      );
      sent.once("timeout", () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
      sent.once("error", (error: NodeJS.ErrnoException) => {
        if (error.code === "EADDRNOTAVAIL" || error.code === "EINVAL") hasAddresses = false;
        reject(error);
      });
      sent.end(body);
    });
  }

  /** Logs in with the demo's public password, once per account. Without an answer, the reader goes on without an account. */
  async function cookieOf(account: number, network: number): Promise<string> {
    const known = sessions.get(account);
    if (known !== undefined) return known;
    const form = new URLSearchParams({
      email: DEMO_READER_EMAILS[account] ?? "",
      password: demoPasswordOf("READER"),
    });
    const { status, cookies } = await post(
      "/login",
      form.toString(),
      { "Content-Type": "application/x-www-form-urlencoded" },
      network,
    );
    const cookie = status === 303 ? cookies.map((each) => each.split(";")[0]).join("; ") : "";
    sessions.set(account, cookie);
    return cookie;
  }

  /** Sends one reader's request. Rejects when the site does not answer; otherwise says with which status. */
  return async ({
    path,
    userAgent,
    network,
    referrer,
    tags,
    headers,
    automated,
    account,
  }: DemoPost): Promise<number> => {
    const cookie = account === null ? "" : await cookieOf(account, network);
    const body = JSON.stringify({ referrer, tags, ...(automated && { automated }) });
    const { status } = await post(
      path,
      body,
      {
        "Content-Type": "application/json",
        "User-Agent": userAgent,
        ...headers,
        ...(cookie && { Cookie: cookie }),
      },
      network,
    );
    return status;
  };
}

/** An address of 127.0.0.0/8, all of which is this machine on Linux. */
const loopbackAddress = (network: number) => `127.77.${Math.floor(network / 250)}.${(network % 250) + 1}`;
/** An address of 198.18.0.0/15, which no one on the internet has (RFC 2544). */
const publicAddress = (network: number) => `198.18.${Math.floor(network / 250)}.${(network % 250) + 1}`;
