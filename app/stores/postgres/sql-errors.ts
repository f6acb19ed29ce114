const codeOf = (error: unknown) => (error as { code?: string } | null)?.code ?? "";

const DEADLOCK = "40P01";
const SERIALIZATION_FAILURE = "40001";
const LOCK_TIMEOUT = "55P03";
const DUPLICATE_KEY = "23505";

/** True for a failure that left nothing of the statement behind, so that it is right to retry. */
export const isRetryable = (error: unknown) => [DEADLOCK, SERIALIZATION_FAILURE].includes(codeOf(error));

/** True when a lock was held by another transaction for longer than this connection waits. */
export const isLockTimeout = (error: unknown) => codeOf(error) === LOCK_TIMEOUT;

/** True when a row with this key is there already. */
export const isDuplicateKey = (error: unknown) => codeOf(error) === DUPLICATE_KEY;

/** Data (22), integrity (23), a rollback of this transaction (40), a limit of one value (54), a trigger's refusal (P0). */
const ROW_CLASSES = ["22", "23", "40", "54", "P0"];

/**
 * True for a failure that concerns some of the rows or their locks, so that the same statement may succeed for the others. False
 * for everything that concerns the server or the connection: asking again would only take more time.
 */
export const isAboutRows = (error: unknown) =>
  isLockTimeout(error) || ROW_CLASSES.includes(codeOf(error).slice(0, 2));
