import { describe, expect, it } from "vitest";
import { acknowledge, addNote, handOver, snooze } from "../../app/alerts/acknowledge";
import { BadEdit, editRule, silenceRule, unsilenceRule } from "../../app/alerts/rules";
import { createAlertSite } from "../support/alert-site";

const ACTOR = { id: null, email: "ops@example.test" };

const site = createAlertSite();
const { pass, ago, ledger, evaluateAfter, phaseOf, messageOf, set } = site;

describe("operators", () => {
  async function firing() {
    await set("ledger-drift", { keepFiringSeconds: 60 });
    await site.channel();
    pass(1);
    await ledger(5);
    await evaluateAfter();
    return site.database.db.alert.findFirstOrThrow({ where: { rule: "ledger-drift" } });
  }
  const { events } = site;
  const audited = async () =>
    (await site.database.db.auditEvent.findFirstOrThrow({ orderBy: { id: "desc" } })) ?? {};

  it("acknowledge with a note, which is audited", async () => {
    const { id } = await firing();
    expect(await events()).toEqual(["firing"]);
    await acknowledge(site.database.db, ACTOR, id, { note: "Looking into it", now: site.clock });
    expect(await site.database.db.alert.findUnique({ where: { id } })).toMatchObject({
      acknowledgedBy: ACTOR.email,
      note: "Looking into it",
    });
    expect(await audited()).toMatchObject({ action: "alert.acknowledge", reason: "Looking into it" });
    await evaluateAfter();
    expect(await events()).toEqual(["firing"]);
    pass(1);
    await ledger(0);
    await evaluateAfter();
    await evaluateAfter(60);
    expect(await events()).toEqual(["firing", "resolved"]);
    await expect(acknowledge(site.database.db, ACTOR, id, { note: "", now: site.clock })).rejects.toThrow(
      BadEdit,
    );
  });

  it("hand over to a colleague, and note what they find, also afterwards", async () => {
    const { id } = await firing();
    const { db } = site.database;
    await acknowledge(db, ACTOR, id, { note: "", now: site.clock });
    await handOver(db, ACTOR, id, { to: 7, note: "Shard 2", publicUrl: "", now: site.clock });
    expect(await db.alert.findUnique({ where: { id } })).toMatchObject({
      acknowledgedBy: "user 7",
      note: "Shard 2",
    });
    expect(await audited()).toMatchObject({
      action: "alert.hand-over",
      before: { acknowledgedBy: ACTOR.email },
      after: { acknowledgedBy: "user 7" },
    });
    await expect(
      handOver(db, ACTOR, id, { to: 7, note: "", publicUrl: "", now: site.clock }),
    ).rejects.toThrow(BadEdit);
    pass(1);
    await ledger(0);
    await evaluateAfter();
    await evaluateAfter(60);
    await addNote(db, ACTOR, id, { note: " It was the shard. ", now: site.clock });
    await expect(addNote(db, ACTOR, id, { note: " ", now: site.clock })).rejects.toThrow(BadEdit);
    await expect(
      handOver(db, ACTOR, id, { to: 8, note: "", publicUrl: "", now: site.clock }),
    ).rejects.toThrow(BadEdit);
    expect(await site.steps(id)).toEqual([
      "pending",
      "firing",
      "acknowledged",
      "handed-over",
      "recovering",
      "resolved",
      "note",
    ]);
    expect(await db.alertStep.findFirst({ where: { kind: "note" } })).toMatchObject({
      by: ACTOR.email,
      text: "It was the shard.",
    });
  });

  it("keep the severity that an alert fired with, whatever they edit meanwhile", async () => {
    const { id } = await firing();
    await set("ledger-drift", { severity: "notice" });
    await evaluateAfter();
    pass(1);
    await ledger(0);
    await evaluateAfter();
    await evaluateAfter(60);
    const { db } = site.database;
    expect(await db.alert.findUnique({ where: { id } })).toMatchObject({
      phase: "resolved",
      severity: "critical",
    });
    for (const { body } of await db.delivery.findMany())
      expect(body).toMatchObject({ alert: { severity: "critical" } });
  });

  it("snooze until a time, after which the channels are notified again", async () => {
    const { id } = await firing();
    await snooze(site.database.db, ACTOR, id, {
      until: new Date(site.clock.getTime() + 60_000),
      now: site.clock,
    });
    await evaluateAfter();
    await evaluateAfter(30);
    expect(await events()).toEqual(["firing"]);
    await evaluateAfter();
    expect(await events()).toEqual(["firing", "firing"]);
    await expect(snooze(site.database.db, ACTOR, id, { until: ago(1), now: site.clock })).rejects.toThrow(
      BadEdit,
    );
  });

  it("silence a rule with a reason and an end, and end the silence", async () => {
    const until = new Date(site.clock.getTime() + 3_600_000);
    await expect(
      silenceRule(site.database.db, ACTOR, "ledger-drift", { until, reason: " ", now: site.clock }),
    ).rejects.toThrow(BadEdit);
    await silenceRule(site.database.db, ACTOR, "ledger-drift", { until, reason: "known", now: site.clock });
    await firing();
    await evaluateAfter();
    expect(await phaseOf("ledger-drift")).toBe("firing");
    expect(await events()).toEqual([]);
    await unsilenceRule(site.database.db, ACTOR, "ledger-drift");
    expect(await audited()).toMatchObject({ action: "alert.unsilence" });
    await evaluateAfter();
    expect(await events()).toEqual(["firing"]);
  });

  it("edit a rule; before and after are audited in the same transaction, and invalid numbers are refused", async () => {
    const edit = {
      enabled: true,
      threshold: 0.2,
      windowSeconds: 600,
      forSeconds: 60,
      keepFiringSeconds: 120,
      severity: "critical" as const,
    };
    await editRule(site.database.db, ACTOR, "fallback-share", edit);
    expect(await site.database.db.alertRule.findUnique({ where: { kind: "fallback-share" } })).toMatchObject(
      edit,
    );
    expect(await audited()).toMatchObject({
      action: "alert.edit-rule",
      before: { threshold: 0.05, severity: "notice" },
      after: { threshold: 0.2, severity: "critical" },
    });
    for (const wrong of [{ threshold: 2 }, { threshold: 0 }, { windowSeconds: 3 }, { forSeconds: -1 }])
      await expect(
        editRule(site.database.db, ACTOR, "fallback-share", { ...edit, ...wrong }),
      ).rejects.toThrow(BadEdit);
    await expect(editRule(site.database.db, ACTOR, "no-such-rule", edit)).rejects.toThrow(BadEdit);
  });

  it("disable a rule, which resolves its alert", async () => {
    const { id } = await firing();
    await set("ledger-drift", { enabled: false });
    await evaluateAfter();
    expect(await site.database.db.alert.findUnique({ where: { id } })).toMatchObject({ phase: "resolved" });
    expect(await messageOf("ledger-drift")).toBe("This rule is disabled.");
  });
});
