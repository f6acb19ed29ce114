/** Asks again every 20 ms until the answer is true (a rejection is a no); after `withinMs` says what never came. */
export async function until(
  what: string,
  ready: () => boolean | Promise<boolean>,
  withinMs = 15_000,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (
    !(await Promise.resolve()
      .then(ready)
      .catch(() => false))
  ) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
