import { useEffect, useState } from "react";
import { canTell, playTone, tell } from "./tell";
import { setTells, useTells } from "./tell-preference";

/** What the browser lets us do; "none" where it has no notifications, and "unknown" until the page has mounted. */
type Permission = NotificationPermission | "none" | "unknown";

/**
 * Switches notifications of alerts and outages on or off, in this browser only. They come while a page of operators is open, in a hidden
 * tab too.
 */
export function TellMeHere() {
  const tells = useTells();
  const [permission, setPermission] = useState<Permission>("unknown");
  useEffect(() => setPermission(canTell() ? Notification.permission : "none"), []);
  const isOn = tells && permission === "granted";

  async function change(on: boolean) {
    if (!on) return setTells(false);
    // The tone needs this click; the browser's own question may take a while.
    playTone();
    const answer = await Notification.requestPermission();
    setPermission(answer);
    setTells(answer === "granted");
    if (answer === "granted")
      await tell({
        key: `on ${Date.now()}`,
        title: "Notifications are on",
        body: "This is how alerts and outages arrive in this browser.",
      });
  }

  return (
    <section aria-labelledby="tell-me-here" className="needs-script flex max-w-[48rem] flex-col gap-2">
      <h2 id="tell-me-here" className="text-base font-semibold">
        Tell me here
      </h2>
      <label className="flex items-start gap-2 text-sm">
        <input
          type="checkbox"
          checked={isOn}
          disabled={permission === "none" || permission === "unknown"}
          onChange={(event) => void change(event.currentTarget.checked)}
          className="mt-0.5 size-4 accent-[var(--accent)]"
        />
        <span>
          Desktop notifications and a soft tone, in this browser
          <span className="block text-xs text-ink-muted">
            When an alert fires, when views are no longer counted in Redis, and when all is well again. A page
            of operators must be open, which may be in a hidden tab.
          </span>
        </span>
      </label>
      {permission === "denied" && (
        <p role="status" className="text-sm">
          This browser refuses notifications of this site. Allow them in its settings for this site, then try
          again.
        </p>
      )}
      {permission === "none" && (
        <p role="status" className="text-sm">
          This browser shows no notifications here: they need a site with HTTPS.
        </p>
      )}
    </section>
  );
}
