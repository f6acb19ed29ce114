import { readStepsDone, type StepsDone } from "../first-steps/read-steps-done";
import type { OverviewPanel } from "../overview-panel";

/** Which of the first steps have happened: they are ticked on an open page. */
export const firstSteps: OverviewPanel<StepsDone | null> = {
  name: "The first steps",
  rereadAfter: "any",
  read: ({ db }) => readStepsDone(db),
};
