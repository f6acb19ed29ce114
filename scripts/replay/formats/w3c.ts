import { CONTROL, type LoggedRequest } from "../request";
import { DIRECTIVE, type LogFormat, type ParsedLine } from "./format";
import { parseTime } from "./time";

/**
 * W3C extended log files, as IIS and CloudFront write them. `#Fields:` names the columns of the lines after it, and may come again
 * with others. `fields` is the directive for a file that has lost it (the second half of a file that was split).
 */
export function w3cFormat(fields?: string): LogFormat {
  return {
    name: "w3c",
    open() {
      let columns = fields === undefined ? null : columnsOf(fields);
      return (line): ParsedLine => {
        if (!line.startsWith("#")) return columns && parseColumns(columns, line);
        columns = columnsOf(line) ?? columns;
        return DIRECTIVE;
      };
    },
  };
}

/** The names of columns, in lower case; null if the line is another directive. */
function columnsOf(line: string): string[] | null {
  const names = /^#Fields:\s*(.*?)\s*$/i.exec(line)?.[1];
  return names === undefined ? null : names.toLowerCase().split(/\s+/);
}

function parseColumns(columns: string[], line: string): LoggedRequest | null {
  if (CONTROL.test(line)) return null;
  const byTab = line.includes("\t");
  const values = line.trimEnd().split(byTab ? "\t" : /\s+/);
  if (values.length !== columns.length) return null;
  const get = (...names: string[]): string | undefined => {
    for (const name of names) {
      const value = values[columns.indexOf(name)];
      if (value !== undefined && value !== "-") return value;
    }
    return undefined;
  };
  const header = (...names: string[]) => {
    const value = get(...names);
    return value === undefined ? null : decodeHeader(value);
  };
  const method = get("cs-method") ?? "";
  const target = get("cs-uri-stem", "cs-uri") ?? "";
  const status = get("sc-status") ?? "";
  if (!method || !target || !/^\d{3}$/.test(status)) return null;
  const type = header("sc-content-type", "sc(content-type)");
  return {
    method,
    target: target.replaceAll("+", "%20"),
    status: Number(status),
    peer: get("c-ip") ?? "",
    forwarded: header("x-forwarded-for", "cs(x-forwarded-for)", "x_forwarded_for") ?? "",
    agent: columns.includes("cs(user-agent)") ? header("cs(user-agent)") : undefined,
    referrer: header("cs(referer)"),
    time: timeOf(get("date"), get("time")),
    ...(type !== null && { type }),
  };
}

/** Both are UTC by the specification, whatever the server's time zone. */
const timeOf = (date = "", time = "") => parseTime(`${date} ${time}`);

/** IIS writes a space as `+`. CloudFront percent-encodes it, and the percent sign once more (`%2520`). */
function decodeHeader(value: string): string {
  let text = value.replaceAll("+", " ");
  for (let times = 0; times < 2 && /%(?:25)?[0-9a-f]{2}/i.test(text); times += 1)
    text = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return CONTROL.test(text) ? value : text;
}
