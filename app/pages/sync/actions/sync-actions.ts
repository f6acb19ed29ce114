import type { Actions } from "~/console/action";
import { changeInterval } from "./change-interval";
import { explainDrift } from "./explain-drift";
import { pauseSync, resumeSync } from "./pause-sync";
import { repairStory } from "./repair-story";
import { retryRun, runSyncNow } from "./run-sync";
import { switchStore } from "./switch-store";
import { undoVoid, voidViews } from "./void-views";

/** The actions of the sync page, by intent. */
export const SYNC_ACTIONS: Actions = {
  run: runSyncNow,
  retry: retryRun,
  pause: pauseSync,
  resume: resumeSync,
  interval: changeInterval,
  switch: switchStore,
  repair: repairStory,
  explain: explainDrift,
  void: voidViews,
  unvoid: undoVoid,
};
