/**
 * Checks every `everyMs` until `ready` returns true; a rejection counts as false.
 * @throws Error naming `what`, when it is still not true after `timeoutMs`.
 */
export async function until(
  what: string,
  ready: () => boolean | Promise<boolean>,
  timeoutMs = 15_000,
  everyMs = 20,
): Promise<void> {
  // Not Date.now(): some tests stop that clock.
  const deadline = performance.now() + timeoutMs;
  while (
    !(await Promise.resolve()
      .then(ready)
      .catch(() => false))
  ) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
