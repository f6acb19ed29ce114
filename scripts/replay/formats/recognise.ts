import { DIRECTIVE, type LogFormat } from "./format";
import { jsonLines } from "./json";
import { textFormat } from "./text-format";
import { w3cFormat } from "./w3c";

const combined = '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"';

/** The formats that are recognised. Of two that fit a log equally well, the first one is meant. */
export const FORMATS: readonly LogFormat[] = [
  jsonLines,
  w3cFormat(),
  textFormat("vhost_combined", `%v:%p ${combined}`, "any"),
  textFormat("combined", combined, "any"),
  textFormat("common", '%h %l %u %t "%r" %>s %b', "unquoted"),
];

/** The format of `--log-format`: a name from the table, a `#Fields:` directive, or nginx's or Apache's notation. */
export function namedFormat(given: string): LogFormat {
  if (/^\s*#Fields:/i.test(given)) return w3cFormat(given.trim());
  const known = FORMATS.find(({ name }) => name === given);
  if (known) return known;
  if (!/[$%]/.test(given))
    throw new Error(
      `--log-format: "${given}" is neither ${FORMATS.map(({ name }) => name).join(", ")} nor a format in nginx's ($remote_addr …) or Apache's (%h …) notation.`,
    );
  return textFormat("--log-format", given);
}

/** How well a format fits the first lines of a log. */
export interface Recognition {
  format: LogFormat;
  /** How many of the lines fit, of those that could. */
  fitting: number;
  tried: number;
  /** The first line that does not fit, from 1; null if all do. */
  firstFailure: { number: number; line: string } | null;
  /** Unix time in milliseconds of the first request with one. */
  firstTime: number | null;
}

/** Finds the format that fits most of the first lines of a log. */
export function recognise(lines: readonly string[], formats: readonly LogFormat[] = FORMATS): Recognition {
  const results = formats.map((format) => judge(format, lines));
  const best = Math.max(...results.map(({ fitting }) => fitting));
  const name = best > 0 ? null : likely(lines.find((line) => line.trim() !== "") ?? "");
  const found = results.find(({ format, fitting }) =>
    name === null ? fitting === best : format.name === name,
  );
  return found ?? (results[0] as Recognition);
}

/** Whether a log is taken for what it was recognised as: one without lines may be, and at least half of them must fit. */
export const isRecognised = ({ fitting, tried }: Recognition) => fitting * 2 >= tried;

function judge(format: LogFormat, lines: readonly string[]): Recognition {
  const parse = format.open();
  const result: Recognition = { format, fitting: 0, tried: 0, firstFailure: null, firstTime: null };
  for (const [n, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const parsed = parse(line);
    if (parsed === DIRECTIVE) continue;
    result.tried += 1;
    if (parsed === null) {
      result.firstFailure ??= { number: n + 1, line };
      continue;
    }
    result.fitting += 1;
    result.firstTime ??= parsed.time;
  }
  return result;
}

/** What a log looks like that fits nothing. */
function likely(line: string): string {
  if (line.startsWith("{")) return "json";
  return line.startsWith("#") ? "w3c" : "combined";
}
