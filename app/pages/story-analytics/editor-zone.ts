import { isTimeZone } from "~/shared/day-start";
import { ZONE_COOKIE } from "~/ui/time/zone-cookie";

/** No name of a zone is as long. */
const LONGEST_NAME = 64;

/** The time zone in which an editor's browser shows times, as its cookie says; UTC without one, or with a name that is not a zone's. */
export function readZone(request: Request): string {
  const cookies = (request.headers.get("Cookie") ?? "").split(/;\s*/);
  const value = cookies.find((cookie) => cookie.startsWith(`${ZONE_COOKIE}=`))?.slice(ZONE_COOKIE.length + 1);
  if (!value || value.length > LONGEST_NAME) return "UTC";
  return /^[A-Za-z0-9_+/-]+$/.test(value) && isTimeZone(value) ? value : "UTC";
}
