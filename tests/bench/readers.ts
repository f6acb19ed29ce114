/** Readers as they come to a site: many addresses, a few hundred kinds of browser. */

const systems = [
  "Windows NT 10.0; Win64; x64",
  "Macintosh; Intel Mac OS X 10_15_7",
  "X11; Linux x86_64",
  "Linux; Android 14; Pixel 8",
  "Linux; Android 13; SM-A546B",
  "iPhone; CPU iPhone OS 17_5 like Mac OS X",
  "iPad; CPU OS 17_5 like Mac OS X",
];
const agents = systems.flatMap((system) =>
  Array.from({ length: 40 }, (_, i) => {
    const mobile = /Android|iPhone/.test(system) ? " Mobile" : "";
    return `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${90 + i}.0.0.0${mobile} Safari/537.36`;
  }),
);

/** The n-th reader's address and browser. */
export const readerAt = (n: number) => ({
  address: `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`,
  agent: agents[n % agents.length] ?? "",
});

/** A beacon as a reader's browser sends it; `cookie` of a reader who is signed in. */
export function beacon(path: string, n: number, cookie?: string): string {
  const { address, agent } = readerAt(n);
  return (
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: ${agent}\r\nX-Forwarded-For: ${address}\r\n` +
    `Accept: */*\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\n` +
    `${cookie ? `Cookie: ${cookie}\r\n` : ""}Content-Length: 15\r\n\r\n{"referrer":""}`
  );
}
