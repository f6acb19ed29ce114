import { formatNumber } from "./format";

const UNITS = ["bytes", "KB", "MB", "GB", "TB"] as const;

/** A size in the units of 1,024 that Redis itself uses: "512 bytes", "1.2 MB", "24 GB". */
export function formatBytes(bytes: number): string {
  let value = Math.abs(bytes);
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const rounded = value < 10 && unit > 0 ? Math.round(value * 10) / 10 : Math.round(value);
  if (unit === 0 && rounded === 1) return `${bytes < 0 ? "−" : ""}1 byte`;
  return `${bytes < 0 ? "−" : ""}${formatNumber(rounded)} ${UNITS[unit]}`;
}
