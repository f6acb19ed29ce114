import { describe, expect, it } from "vitest";
import { describeEvent } from "../../app/pages/audit/sentences";
import { AUDIT_ACTIONS } from "../../app/platform/audit";

const NOW = new Date("2026-11-30T00:30:00Z");
const sentence = (action: string, more: object = {}) =>
  describeEvent(
    { actor: "Ola", action, target: null, reason: null, before: null, after: null, ...more },
    NOW,
  );
const sync = (more: object) => ({ intervalHours: 12, pausedUntil: null, pausedReason: "", ...more });

describe("an audit event as a sentence", () => {
  it.each([
    [
      "sync.pause",
      {
        reason: "database maintenance",
        before: sync({}),
        after: sync({ pausedUntil: "2026-11-30T02:38:00.000Z" }),
      },
      "Ola paused the sync until 02:38 UTC: database maintenance",
    ],
    ["sync.resume", { reason: "all is well" }, "Ola resumed the sync: all is well"],
    [
      "sync.interval",
      { before: sync({}), after: sync({ intervalHours: 6 }) },
      "Ola changed the sync interval from 12 hours to 6 hours.",
    ],
    ["sync.run", { after: { requested: true } }, "Ola requested a sync."],
    [
      "sync.run",
      { after: { requested: false, why: "Redis is unreachable." } },
      "Ola asked for a sync, and got none (Redis is unreachable).",
    ],
    ["sync.retry", { target: "run 12", after: { requested: true } }, "Ola requested a retry of run 12."],
    [
      "sync.skip",
      { actor: "the schedule", after: { pausedUntil: "2026-12-01T02:00:00Z" } },
      "The schedule skipped a scheduled sync: it is paused until 1 Dec, 02:00 UTC.",
    ],
    [
      "tracker.switch",
      {
        reason: "a new disk",
        before: { store: "redis", reason: "" },
        after: { store: "database", reason: "a new disk", until: "2026-11-30T04:00:00Z" },
      },
      "Ola moved counting from Redis to the database until 04:00 UTC: a new disk",
    ],
    [
      "story.repair",
      {
        target: "story the-pilot",
        before: { "story 3": 7441, "chapter 9": 1 },
        after: { "story 3": 7561, "chapter 9": 2 },
      },
      "Ola corrected the story “the-pilot”: its total from 7,441 to 7,561 and 1 total of a chapter.",
    ],
    [
      "story.void",
      {
        target: "story the-pilot",
        after: { from: "2026-11-30T00:00:00Z", to: "2026-11-30T01:00:00Z", storyViews: 12, chapterViews: 3 },
      },
      "Ola voided 12 views of the story “the-pilot” and 3 of its chapters, from 00:00 UTC to 01:00 UTC.",
    ],
    [
      "alert.snooze",
      { target: "alert 5 (fallback-share)", after: { snoozedUntil: "2026-11-30T01:30:00Z" } },
      "Ola snoozed the alert “Views are not counted in Redis” until 01:30 UTC.",
    ],
    [
      "alert.edit-rule",
      {
        target: "alert rule fallback-share",
        before: { enabled: true, threshold: 0.05, windowSeconds: 300 },
        after: { enabled: false, threshold: 0.1, windowSeconds: 300 },
      },
      "Ola edited the rule “Views are not counted in Redis”: switched off and limit from 0.05 to 0.1.",
    ],
    [
      "alert.add-channel",
      { after: { name: "on call", kind: "webhook", host: "hooks.example" } },
      "Ola added the channel “on call” (webhook to hooks.example).",
    ],
    [
      "drill.start",
      { target: "drill 3", after: { seconds: 120, processes: 2 } },
      "Ola started drill 3, of 2 minutes.",
    ],
    [
      "queues.retry",
      { target: "job 5", after: { outcome: "unknown: the connection ended" } },
      "Ola may have retried job 5: the connection ended before the answer.",
    ],
    [
      "user.role",
      {
        target: "Mara",
        before: { role: "EDITOR" },
        after: { role: "AUDITOR" },
        reason: "looks after the numbers",
      },
      "Ola made Mara a read-only operator instead of an editor: looks after the numbers",
    ],
    [
      "user.disable",
      { target: "user 12", actor: "user 3", after: { disabled: true, sessions: 1 } },
      "User 3 disabled the account of user 12, which ended 1 session.",
    ],
    ["an.old-one", { target: "something" }, "Ola an.old-one, something."],
  ])("%s: %#", (action, more, expected) => {
    expect(sentence(action, more)).toBe(expected);
  });

  it("has words for every action, even where an event lacks what it should have", () => {
    for (const action of AUDIT_ACTIONS) {
      const words = sentence(action);
      expect(words, action).not.toContain(action);
      expect(words, action).not.toMatch(/undefined|NaN|null|\[object/);
      for (const broken of [[], "text", 3, { pausedUntil: 4, role: {}, store: null }])
        expect(() => sentence(action, { before: broken, after: broken }), action).not.toThrow();
    }
  });
});
