import { setZone, useZone } from "./zone";

/** Switches between the viewer's time zone and UTC, on every console page. Without JavaScript all times are UTC. */
export function ZoneToggle() {
  const zone = useZone();
  const isUtc = zone.key === "utc";
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const label = isUtc
    ? "Times are in UTC. Change to your time zone."
    : "Times are in your time zone. Change to UTC.";
  return (
    <button
      type="button"
      onClick={() => setZone(isUtc ? "local" : "utc")}
      aria-label={label}
      title={isUtc ? label : `${label} (${timeZone})`}
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
