import { useNavigate } from "@remix-run/react";
import { useEffect, useId, useRef, useSyncExternalStore } from "react";
import { chooseZone, useZone } from "../time/zone";
import { GO_TO, type KeyState, pressed } from "./shortcuts";

const KEY = "tidemark-keys";
const listeners = new Set<() => void>();
/** Where storage is blocked, the choice lasts for this page. */
let chosenHere: boolean | null = null;

function keysAreOn(): boolean {
  if (chosenHere !== null) return chosenHere;
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true;
  }
}

function turnKeys(on: boolean) {
  chosenHere = on;
  try {
    localStorage.setItem(KEY, on ? "on" : "off");
  } catch {
    // Storage is blocked: the choice lasts for this page, which is all that can be done.
  }
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

/**
 * The operators' keys, and the button that lists them. Single letters get in the way of speech input (WCAG 2.1.4), so they
 * can be switched off, they do nothing while somebody types, and the button is always there.
 */
export function Keyboard() {
  const on = useSyncExternalStore(subscribe, keysAreOn, () => true);
  const dialog = useRef<HTMLDialogElement>(null);
  const zone = useZone();
  const navigate = useNavigate();
  const title = useId();

  useEffect(() => {
    if (!on) return;
    let state: KeyState = { wentAt: null };
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
      // An open dialog, ours or another's, has the keys for itself.
      if (takesKeys(event.target) || document.querySelector("dialog[open]")) return;
      const next = pressed(event.key, state, Date.now());
      state = next.state;
      if (!next.deed) return;
      event.preventDefault();
      if (next.deed.kind === "list") dialog.current?.showModal();
      else if (next.deed.kind === "zone") chooseZone(zone.key === "utc" ? "local" : "utc");
      else if (next.deed.place.whole) window.location.assign(next.deed.place.to);
      else navigate(next.deed.place.to);
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [on, zone.key, navigate]);

  return (
    <>
      <button
        type="button"
        onClick={() => dialog.current?.showModal()}
        className="needs-script inline-flex h-10 items-center text-ink-muted hover:text-ink"
      >
        Keys<span className="ml-1.5 rounded-sm border border-edge px-1 text-xs max-sm:hidden">?</span>
      </button>
      <dialog
        ref={dialog}
        aria-labelledby={title}
        className="m-auto w-[min(26rem,calc(100vw-2rem))] rounded-md border border-edge bg-surface p-5 text-sm text-ink backdrop:bg-[color-mix(in_oklab,var(--ink)_35%,transparent)]"
      >
        <h2 id={title} className="text-base font-semibold">
          Keys
        </h2>
        <dl className="mt-3 grid grid-cols-[auto_1fr] items-baseline gap-x-4 gap-y-1.5">
          {GO_TO.map(({ letter, name }) => (
            <Row key={letter} keys={["g", letter]} name={`Go to: ${name}`} />
          ))}
          <Row keys={["z"]} name="Times in UTC, or in your own zone" />
          <Row keys={["?"]} name="This list" />
          <Row keys={["←", "→"]} name="Along a band of the mode timeline, when it has the focus" />
          <Row keys={["Esc"]} name="Close this list" />
        </dl>
        <label className="mt-4 flex items-start gap-2 border-t border-line pt-3">
          <input
            type="checkbox"
            checked={on}
            onChange={(event) => turnKeys(event.currentTarget.checked)}
            className="mt-0.5 size-4 accent-[var(--accent)]"
          />
          <span>
            Letters and <Key>?</Key> are keys
            <span className="block text-xs text-ink-muted">
              Switch them off if you speak to your computer, or if they get in your way. They do nothing while
              you type in a field.
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

const takesKeys = (target: EventTarget | null) =>
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
