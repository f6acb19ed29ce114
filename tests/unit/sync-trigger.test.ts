import { describe, expect, it } from "vitest";
import {
  formatTrigger,
  parseTrigger,
  readJobTrigger,
  type SyncTrigger,
} from "../../app/telemetry/sync-trigger";

const stored: [SyncTrigger, string][] = [
  [{ type: "schedule" }, "schedule"],
  [{ type: "overdue" }, "schedule, overdue: run without the queue"],
  [{ type: "pause-ended" }, "the end of a pause"],
  [{ type: "queue-board" }, "queue board"],
  [{ type: "run-now", by: "Ola" }, "run now by Ola"],
  [{ type: "retry", runId: 12, by: "Ola by night" }, "retry of run 12 by Ola by night"],
  [{ type: "drain", by: "Ola" }, "drain for the switch by Ola"],
];

describe("the trigger of a sync", () => {
  it.each(stored)("%o is stored as %j and read back", (trigger, words) => {
    expect(formatTrigger(trigger)).toBe(words);
    expect(parseTrigger(words)).toEqual(trigger);
  });

  it("in words of another kind is unknown", () => {
    for (const words of ["", "test", "run now", "schedule later", "retry of run x by Ola"])
      expect(parseTrigger(words)).toBeNull();
  });

  it("of a job is what the job says, in words of ours", () => {
    for (const [trigger, words] of stored)
      expect(
        readJobTrigger({
          data: { trigger: words },
          isTurn: trigger.type === "schedule" || trigger.type === "overdue",
        }),
      ).toBe(words);
  });

  it.each([
    ["no data", undefined],
    ["data of another shape", { trigger: { toString: "schedule" } }],
    ["words of another kind", { trigger: "because" }],
    ["words without end", { trigger: `run now by ${"O".repeat(90_000)}` }],
    ["the words of the schedule, in a job that is not its turn", { trigger: "schedule" }],
  ])("of a job with %s is that of a job from elsewhere", (_, data) => {
    expect(readJobTrigger({ data, isTurn: false })).toBe("queue board");
  });
});
