/** Seconds since `began` (ms), as people read them. */
export const seconds = (began: number) => `${((Date.now() - began) / 1000).toFixed(1)} s`;

/**
 * Runs one step behind one line of progress: its name at once, its outcome and time when it is over. The work may say
 * how far it is; that is shown only where a line can be written over.
 */
export async function step<T>(
  title: string,
  work: (say: (line: string) => void) => Promise<T> | T,
): Promise<T> {
  const began = Date.now();
  const live = process.stdout.isTTY === true;
  process.stdout.write(`${title} … `);
  const rewrite = (text: string) => process.stdout.write(`\r\x1b[K${title} … ${text}`);
  try {
    const result = await work((line) => live && rewrite(line));
    if (live) rewrite("");
    process.stdout.write(`done, ${seconds(began)}\n`);
    return result;
  } catch (error) {
    process.stdout.write("failed\n");
    throw error;
  }
}
