const UNITS = [
  { seconds: 86_400, name: "d", names: ["d", "day", "days"] },
  { seconds: 3600, name: "h", names: ["h", "hour", "hours"] },
  { seconds: 60, name: "min", names: ["min", "m", "minute", "minutes"] },
  { seconds: 1, name: "s", names: ["s", "sec", "second", "seconds"] },
] as const;

/** A length of time as people write it into a field, exact: 5400 → "1 h 30 min", 0 → "0 s". Whole seconds. */
export function durationText(seconds: number): string {
  let rest = seconds;
  const parts = UNITS.flatMap((unit) => {
    const whole = Math.floor(rest / unit.seconds);
    rest -= whole * unit.seconds;
    return whole > 0 ? [`${whole} ${unit.name}`] : [];
  });
  return parts.join(" ") || "0 s";
}

/** Parses such a text, in seconds: "5 min", "1 h 30 min", "90 seconds", "0". Null for anything else. A bare number other than 0 has no unit. */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === "0") return 0;
  const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/g)];
  if (
    parts.length === 0 ||
    parts.map(([part]) => part).join("") !== trimmed.replaceAll(/(?<=[a-z])[\s,]+/g, "")
  )
    return null;
  let seconds = 0;
  for (const [, amount, name] of parts) {
    const unit = UNITS.find(({ names }) => (names as readonly string[]).includes(name ?? ""));
    if (!unit) return null;
    seconds += Number(amount) * unit.seconds;
  }
  return Number.isInteger(seconds) ? seconds : null;
}
