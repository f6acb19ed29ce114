import { useNavigate } from "@remix-run/react";
import { useEffect, useId, useRef } from "react";
import { OPERATIONS_PAGES } from "~/shared/operations-nav";
import { storedPreference } from "../stored-preference";
import { setZone, useZone } from "../time/zone";
import { type KeyState, pressed } from "./shortcuts";

const preference = storedPreference<"on" | "off">("tidemark-keys", (stored) =>
  stored === "off" ? "off" : "on",
);

/**
 * The operators' keyboard shortcuts, and the button that lists them. Single-key shortcuts interfere with speech input (WCAG
 * 2.1.4), so they can be switched off and are ignored while a person types; the button is always shown.
 */
export function Keyboard() {
  const on = preference.useValue("on") === "on";
  const dialog = useRef<HTMLDialogElement>(null);
  const zone = useZone();
  const navigate = useNavigate();
  const titleId = useId();

  useEffect(() => {
    if (!on) return;
    let state: KeyState = { goPressedAt: null };
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
      // An open dialog handles its own keys.
      if (takesText(event.target) || document.querySelector("dialog[open]")) return;
      const next = pressed(event.key, state, Date.now());
      state = next.state;
      const { action } = next;
      if (!action) return;
      event.preventDefault();
      if (action.kind === "list") dialog.current?.showModal();
      else if (action.kind === "zone") setZone(zone.key === "utc" ? "local" : "utc");
      else navigate(action.page.to);
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [on, zone.key, navigate]);

  return (
    <>
      <button
        type="button"
        onClick={() => dialog.current?.showModal()}
        className="needs-script inline-flex h-10 items-center text-ink-muted hover:text-ink max-lg:hidden"
      >
        Shortcuts<span className="ml-1.5 rounded-sm border border-edge px-1 text-xs">?</span>
      </button>
      <dialog
        ref={dialog}
        aria-labelledby={titleId}
        className="m-auto w-[min(26rem,calc(100vw-2rem))] rounded-md border border-edge bg-surface p-5 text-sm text-ink backdrop:bg-[rgb(0_0_0/0.55)]"
      >
        <h2 id={titleId} className="text-base font-semibold">
          Keyboard shortcuts
        </h2>
        <dl className="mt-3 grid grid-cols-[auto_1fr] items-baseline gap-x-4 gap-y-1.5">
          {OPERATIONS_PAGES.map(({ to, label, shortcut }) => (
            <Row key={to} keys={["g", shortcut]} name={`Go to ${label}`} />
          ))}
          <Row keys={["z"]} name="Switch between UTC and your time zone" />
          <Row keys={["?"]} name="Show this list" />
          <Row keys={["←", "→"]} name="Move along a focused band of the mode timeline" />
          <Row keys={["Esc"]} name="Close this list" />
        </dl>
        <label className="mt-4 flex items-start gap-2 border-t border-line pt-3">
          <input
            type="checkbox"
            checked={on}
            onChange={(event) => preference.set(event.currentTarget.checked ? "on" : "off")}
            className="mt-0.5 size-4 accent-[var(--accent)]"
          />
          <span>
            Use single-key shortcuts
            <span className="block text-xs text-ink-muted">
              Switch them off if you use speech input. They are ignored while you type in a field.
            </span>
          </span>
        </label>
        <form method="dialog" className="mt-4 flex justify-end">
          <button type="submit" className="button button-quiet">
            Close
          </button>
        </form>
      </dialog>
    </>
  );
}

const takesText = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.closest("input, textarea, select") !== null);

function Row({ keys, name }: { keys: string[]; name: string }) {
  return (
    <>
      <dt className="flex gap-1">
        {keys.map((key) => (
          <Key key={key}>{key}</Key>
        ))}
      </dt>
      <dd>{name}</dd>
    </>
  );
}

const Key = ({ children }: { children: string }) => (
  <kbd className="inline-flex min-w-5 justify-center rounded-sm border border-edge px-1 font-mono text-xs">
    {children}
  </kbd>
);
