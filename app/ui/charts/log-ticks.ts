/** Powers of ten around the values: a logarithmic axis' ends and ticks. */
export function logTicks(values: number[]): number[] {
  const positive = values.filter((value) => value > 0);
  if (!positive.length) return [1, 10];
  const low = Math.floor(Math.log10(Math.min(...positive)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...positive))));
  return Array.from({ length: high - low + 1 }, (_, step) => 10 ** (low + step));
}
