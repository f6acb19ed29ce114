// Plain JavaScript, because the launcher (run.mjs) reads it before it knows whether tsx is needed.

/** Our programs, and the source file that each one starts from. `npm run build` compiles them into build/programs/<name>.js. */
export const programs = {
  web: "server/index.ts",
  worker: "worker/index.ts",
  start: "scripts/start.ts",
  reaper: "scripts/services/reaper-process.ts",
  migrate: "scripts/migrate.ts",
  account: "scripts/account.ts",
  replay: "scripts/replay.ts",
  "import-views": "scripts/import-views.ts",
  backfill: "scripts/backfill.ts",
  restore: "scripts/restore.ts",
  drill: "scripts/drill.ts",
  demo: "scripts/demo.ts",
  "worker-heartbeat": "scripts/worker-heartbeat.ts",
};

/** Where the compiled programs are, from the root of the checkout. */
export const compiledDir = "build/programs";
