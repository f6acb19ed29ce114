import { readFile } from "node:fs/promises";
import { parseUrl } from "~/shared/parse-url";
import type { Detail } from "./read-story-details";

/** Why nothing could be left out, for the page, or the hosts to leave out. */
export type SpamList = { ok: true; hosts: ReadonlySet<string> } | { ok: false; error: Error };

/** Sites that are left out of a page's sources. */
export interface LeftOut {
  sites: number;
  views: number;
}

/**
 * Reads the operator's list of referrer spam: a host per line, as in the lists that others keep; lines that start with # are comments.
 * It is read anew for each page, in about a millisecond, so a newer file applies at once. Without a file, nothing is spam.
 */
export async function readSpamList(file: string | undefined): Promise<SpamList> {
  if (file === undefined) return { ok: true, hosts: new Set() };
  try {
    return { ok: true, hosts: parseSpamList(await readFile(file, "utf8")) };
  } catch (error) {
    return { ok: false, error: error as Error };
  }
}

/** The hosts of a list, in the spelling that referrers are stored in. */
export function parseSpamList(text: string): Set<string> {
  const hosts = text.split(/\r?\n/).flatMap((line) => {
    const name = line.replace(/#.*/, "").trim();
    // A list may have names in their own script; referrers are stored as browsers send them.
    return (name && parseUrl(`http://${name}`)?.hostname) || [];
  });
  return new Set(hosts);
}

/** Takes the listed hosts, and all below them, out of some stored referrers. */
export function leaveOutSpam(
  referrers: Detail[],
  hosts: ReadonlySet<string>,
): { kept: Detail[]; spam: LeftOut } {
  const kept: Detail[] = [];
  const spam = { sites: 0, views: 0 };
  for (const referrer of referrers) {
    if (!isListed(referrer.value, hosts)) {
      kept.push(referrer);
      continue;
    }
    spam.sites += 1;
    spam.views += referrer.views;
  }
  return { kept, spam };
}

function isListed(host: string, hosts: ReadonlySet<string>): boolean {
  if (hosts.size === 0) return false;
  for (let name = host; name !== ""; name = name.includes(".") ? name.slice(name.indexOf(".") + 1) : "")
    if (hosts.has(name)) return true;
  return false;
}
