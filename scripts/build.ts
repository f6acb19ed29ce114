import { build } from "./services/build";
import { step } from "./services/progress";
import { reapNow } from "./services/reaper";
import { onStopRequest } from "./services/stop-request";

/** `npm run build`: builds pages and programs, and records what from, so that the next `npm start` need not build. */
async function main(): Promise<void> {
  onStopRequest(() => leave(130));
  await step("Building the site", () => build());
  await leave(0);
}

async function leave(code: number): Promise<void> {
  await reapNow();
  process.exit(code);
}

main().catch((error: Error) => {
  console.error(error.message);
  return leave(1);
});
