/** Whether this process runs a compiled program of build/programs, rather than its source through tsx or Vitest. */
export const isCompiled = !import.meta.url.endsWith(".ts");
