import type { LoggedRequest } from "../request";

/** A line that is part of the format, but is no request, such as `#Fields: …`. */
export const DIRECTIVE = "directive";

/** What a line says; null when it does not fit the format. */
export type ParsedLine = LoggedRequest | typeof DIRECTIVE | null;

/** Reads the lines of one file, in order. Never throws. */
export type ParseLine = (line: string) => ParsedLine;

/** One format of access logs. */
export interface LogFormat {
  /** For people, and for `--log-format`. */
  name: string;
  /** Starts a file: in W3C logs a line's meaning depends on the directives before it. */
  open(): ParseLine;
}
