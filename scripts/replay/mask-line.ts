const LONGEST = 200;
/** The runs of digits and colons that are not parts of an address. */
const TIME = /^(?:\d{4}:)?\d\d:\d\d:\d\d(?:\.\d+)?$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal would obey them
const CONTROLS = /[\x00-\x1f\x7f-\x9f]/g;

/**
 * A line of a log to show to a person who asks why it does not fit: without addresses, names, queries and secrets, which are readers'
 * own, and short enough for a terminal.
 */
export function maskLine(line: string): string {
  // Cut first, at a length at which no mask can take long; the part of an address at the cut is not shown.
  const masked = line
    .slice(0, 2000)
    .replace(/[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*/gi, (run) => (TIME.test(run) ? run : "<address>"))
    .replace(/\d{1,3}(?:\.\d{1,3}){2,3}/g, "<address>")
    .replace(/^[^\s{#"<]*\.[^\s{#",<]*/, "<host>")
    .replace(/[^\s"<>=,;]+@[^\s"<>=,;]+/g, "<e-mail>")
    .replace(/^(\S+ \S+) (?!-)\S+(?= \[)/, "$1 <user>")
    .replace(/\?[^\s"]+/g, "?<query>")
    .replace(/[\w+/=-]{32,}/g, "<token>")
    .replace(CONTROLS, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return masked.length > LONGEST || line.length > 2000 ? `${masked.slice(0, LONGEST)}…` : masked;
}
