/** Waits for `work` at most `ms`; rejects in plain words after that. What `work` does later is nobody's concern. */
export async function withTimeout<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The same for what a page can do without: null after `ms`, or when it fails. */
export const withTimeoutOrNull = <T>(ms: number, work: Promise<T>): Promise<T | null> =>
  withTimeout(ms, work).catch(() => null);
