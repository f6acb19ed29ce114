/** What to tell, and its key, which is the same in every window of this browser. */
interface Message {
  key: string;
  title: string;
  body: string;
}

const TOLD = "tidemark-told";
/** Two soft notes: frequency in Hz, and when each starts, s. */
const NOTES = [
  [587, 0],
  [784, 0.14],
] as const;
const NOTE_SECONDS = 0.28;
const VOLUME = 0.06;

/** Whether this browser can show notifications here: they need HTTPS, or this computer. */
export const canTell = () => typeof Notification !== "undefined";

/** Shows a desktop notification with a soft tone, in one of this browser's windows. Without permission it does nothing. */
export async function tell(message: Message): Promise<void> {
  if (!canTell() || Notification.permission !== "granted") return;
  if (!("locks" in navigator)) return show(message);
  // One window after the other: the first one notes what it tells.
  await navigator.locks.request(TOLD, () => {
    if (isTold(message.key)) return;
    show(message);
  });
}

/** Whether a window has told this already; notes it otherwise. */
function isTold(key: string): boolean {
  try {
    if (localStorage.getItem(TOLD) === key) return true;
    localStorage.setItem(TOLD, key);
  } catch {
    // Storage is blocked: each window tells, and the tag below keeps one notification.
  }
  return false;
}

function show({ title, body }: Message) {
  // The same tag: newer news replaces older.
  const shown = new Notification(`${title} · Tidemark`, { body, tag: "tidemark", icon: "/icon-192.png" });
  shown.onclick = () => {
    window.focus();
    shown.close();
  };
  playTone();
}

/** Browsers play it only in a window that was clicked in; elsewhere it stays silent. */
export function playTone(): void {
  if (typeof AudioContext === "undefined") return;
  const audio = new AudioContext();
  for (const [frequency, start] of NOTES) {
    const from = audio.currentTime + start;
    const note = audio.createOscillator();
    const volume = audio.createGain();
    note.frequency.value = frequency;
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(VOLUME, from + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.0001, from + NOTE_SECONDS);
    note.connect(volume).connect(audio.destination);
    note.start(from);
    note.stop(from + NOTE_SECONDS);
  }
  setTimeout(() => void audio.close(), 1000);
}
