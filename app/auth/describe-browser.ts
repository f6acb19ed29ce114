import Bowser from "bowser";

const MAX_USER_AGENT = 512;
const UNKNOWN = "Unknown browser";

/** A browser in plain words, "Firefox on Linux", by which people recognise their own. Versions change, and are left out. */
export function describeBrowser(userAgent: string | null): string {
  if (!userAgent) return UNKNOWN;
  const { browser, os } = Bowser.parse(userAgent.slice(0, MAX_USER_AGENT));
  if (!browser.name) return UNKNOWN;
  return os.name ? `${browser.name} on ${os.name}` : browser.name;
}
