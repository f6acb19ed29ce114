/** The time since `startedMs` (Unix ms) in seconds, for people. */
export const seconds = (startedMs: number) => `${((Date.now() - startedMs) / 1000).toFixed(1)} s`;

/**
 * Runs one step and prints one line of progress: its title at once, its result and time at the end. The work may report its
 * progress, which is shown only in a terminal, where a line can be overwritten.
 */
export async function step<T>(
  title: string,
  work: (report: (line: string) => void) => Promise<T> | T,
): Promise<T> {
  const startedMs = Date.now();
  const live = process.stdout.isTTY === true;
  process.stdout.write(`${title} … `);
  const rewrite = (text: string) => process.stdout.write(`\r\x1b[K${title} … ${text}`);
  try {
    const result = await work((line) => live && rewrite(line));
    if (live) rewrite("");
    process.stdout.write(`done, ${seconds(startedMs)}\n`);
    return result;
  } catch (error) {
    process.stdout.write("failed\n");
    throw error;
  }
}
