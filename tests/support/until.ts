/**
 * Checks every 20 ms until `ready` returns true; a rejection counts as false.
 * @throws Error that names `what` when it is still not true after `withinMs`.
 */
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
