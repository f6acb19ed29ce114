import { useRevalidator } from "@remix-run/react";
import { useEffect } from "react";
import { useZone } from "./zone";

/** Tells the server the zone in which the browser shows times; only editors' pages get it. */
export const ZONE_COOKIE = "tidemark-zone";

const YEAR_SECONDS = 365 * 24 * 3600;

/** Keeps the cookie at the zone that times are shown in, and reloads the page's data where the server read it in another one. */
export function useZoneCookie(read: string) {
  const { key } = useZone();
  const { revalidate } = useRevalidator();
  useEffect(() => {
    // While the page hydrates, the zone is UTC for a moment: the preference comes with the next render.
    const timer = setTimeout(() => {
      const wanted = key === "utc" ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone;
      if (!wanted || wanted === read) return;
      const secure = location.protocol === "https:" ? "; Secure" : "";
      const cookie = `${ZONE_COOKIE}=${wanted}; Path=/editor; SameSite=Lax; Max-Age=${YEAR_SECONDS}${secure}`;
      // Where cookies are off, the page stays in UTC and says so.
      if (document.cookie.split(/;\s*/).includes(`${ZONE_COOKIE}=${wanted}`)) return;
      // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in browsers that we support
      document.cookie = cookie;
      revalidate();
    });
    return () => clearTimeout(timer);
  }, [key, read, revalidate]);
}
