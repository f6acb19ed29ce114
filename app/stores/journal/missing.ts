/** Turns "no such file" into null; any other failure of the disk is thrown. */
export function ignoreMissing(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}
