/** A part of a page that can fail without affecting the rest. */
export type Panel<T> = { ok: true; data: T } | { ok: false; why: string };

/** Waits for a panel's data. A failure becomes one sentence on the page, and its details go to `onError`. */
export async function loadPanel<T>(
  what: string,
  work: Promise<T>,
  onError: (what: string, error: unknown) => void,
): Promise<Panel<T>> {
  try {
    return { ok: true, data: await work };
  } catch (error) {
    onError(what, error);
    return {
      ok: false,
      why: `${what} could not be read from the database. The other panels are not affected.`,
    };
  }
}
