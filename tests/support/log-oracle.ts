/**
 * What a replay of an access log should count, worked out on its own: none of the replay's code, and another way to read. Lines are cut
 * from their quotes outwards, and each log is read as the one kind that its author says it is.
 */
export type Kind = "text" | "caddy" | "iis";

export interface Expected {
  lines: number;
  pageViews: number;
  /** Page views that name no browser. */
  noAgent: number;
  /** Distinct readers of each page: by address and browser. */
  readers: Record<string, number>;
}

interface Seen {
  method: string;
  url: string;
  status: string;
  reader: string;
  browser: string;
}

/** Reads a log of a kind. `anyBrowser` counts views without a browser too. */
export function workOut(kind: Kind, content: string, anyBrowser = false): Expected {
  const lines = content.split("\n").filter((line) => line.length > 0);
  const seen = { text: lines.map(readText), caddy: lines.map(readCaddy), iis: readIis(lines) }[kind];
  const views = seen.filter((one) => one !== null && one.method === "GET" && /^(200|304)$/.test(one.status));
  const expected: Expected = { lines: lines.length, pageViews: 0, noAgent: 0, readers: {} };
  const known = new Set<string>();
  for (const view of views as Seen[]) {
    const page = pageIn(view.url);
    if (page === null) continue;
    expected.pageViews += 1;
    if (view.browser === "" && !anyBrowser) {
      expected.noAgent += 1;
      continue;
    }
    const reader = [page, view.reader, view.browser].join("\n");
    if (known.has(reader)) continue;
    known.add(reader);
    expected.readers[page] = (expected.readers[page] ?? 0) + 1;
  }
  return expected;
}

function pageIn(url: string): string | null {
  const parts = (url.split("?")[0] ?? "")
    .split("/")
    .filter((part, n, all) => part !== "" || n === all.length - 1);
  const file = parts.at(-1) ?? "";
  if (file.includes(".") && !/\.(html?|xhtml|shtml|php|aspx?|jsp)$/.test(file)) return null;
  return `/${parts
    .filter((part) => part !== "")
    .map((part) => decodeURIComponent(part))
    .join("/")}`;
}

/** The request stands before the status, the browser is the longest quoted text, and addresses stand at the ends. */
function readText(line: string): Seen | null {
  const [before = "", after = ""] = line.split(/ HTTP\/[\d.]+" /);
  const start = before.indexOf('"');
  const [method = "", url = ""] = before.slice(start + 1).split(" ");
  const addresses = before.slice(0, start).split(" - ")[0] ?? "";
  const browser = after.split('"').find((text) => text.startsWith("Mozilla/")) ?? "";
  const last = after.slice(after.lastIndexOf(" ") + 1).replaceAll('"', "");
  const entries = [...addresses.split(", "), ...(/^[\d.]+$/.test(last) ? [last] : [])];
  return {
    method,
    url,
    status: after.slice(0, 3),
    reader: entries.find(isPublic) ?? entries[0] ?? "",
    browser,
  };
}

const isPublic = (address: string) => !address.startsWith("10.");

function readCaddy(line: string): Seen {
  const find = (pattern: RegExp) => pattern.exec(line)?.[1] ?? "";
  return {
    method: find(/"method":"([A-Z]+)"/),
    url: find(/"uri":"([^"]*)"/),
    status: find(/"status":(\d+)/),
    reader: find(/"remote_ip":"([^"]*)"/),
    browser: find(/"User-Agent":\["([^"]*)"/),
  };
}

function readIis(lines: string[]): (Seen | null)[] {
  const names = (lines.find((line) => line.startsWith("#Fields: ")) ?? "")
    .slice("#Fields: ".length)
    .split(" ");
  return lines.map((line) => {
    if (line.startsWith("#")) return null;
    const row = new Map(line.split(" ").map((value, n) => [names[n], value]));
    const get = (name: string) => row.get(name) ?? "";
    return {
      method: get("cs-method"),
      url: get("cs-uri-stem"),
      status: get("sc-status"),
      reader: get("c-ip"),
      browser: get("cs(User-Agent)"),
    };
  });
}
