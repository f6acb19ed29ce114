import { chooseZone, useZone } from "./zone";

/** Times in the viewer's own zone or in UTC, on every console page. Without JavaScript all times are UTC. */
export function ZoneToggle() {
  const zone = useZone();
  const isUtc = zone.key === "utc";
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const label = `Times are in ${isUtc ? "UTC" : "your own zone"}. Change to ${isUtc ? "your own zone" : "UTC"}.`;
  return (
    <button
      type="button"
      onClick={() => chooseZone(isUtc ? "local" : "utc")}
      aria-label={label}
      title={isUtc ? label : `${label} (${own})`}
      className="needs-script inline-flex h-9 items-center rounded-md px-1 text-xs whitespace-nowrap sm:px-2 text-ink-muted hover:bg-sunken hover:text-ink"
    >
      {isUtc ? (
        "UTC"
      ) : (
        <>
          Local<span className="max-sm:hidden">&nbsp;time</span>
        </>
      )}
    </button>
  );
}
