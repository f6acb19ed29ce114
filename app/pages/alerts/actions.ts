import { acknowledge, snooze } from "~/alerts/acknowledge";
import { addChannel, giveUp, removeChannel, retryNow, sendTest } from "~/alerts/channels";
import { abortDrill, startDrill } from "~/alerts/drills/start-drill";
import { findRuleType } from "~/alerts/rule-types";
import { BadEdit, editRule, silenceRule, unsilenceRule } from "~/alerts/rules";
import type { Actor } from "~/platform/audit";
import { formatCount } from "~/shared/format";
import type { PrismaClient } from "../../../prisma/client/client";

export interface DeedSources {
  db: PrismaClient;
  actor: Actor;
  allowPrivate: boolean;
  publicUrl: string;
  now: Date;
}

export interface DeedAnswer {
  /** Which form was used: its deed and what it was about. */
  control: string;
  ok: boolean;
  text: string;
}

type Deed = (sources: DeedSources, form: FormData) => Promise<string>;

const text = (form: FormData, name: string) => String(form.get(name) ?? "");
const number = (form: FormData, name: string) => Number(text(form, name).trim() || Number.NaN);
const id = (form: FormData) => {
  if (!/^\d{1,9}$/.test(text(form, "id"))) throw new BadEdit("There is no such thing.");
  return Number(text(form, "id"));
};
const later = (form: FormData, now: Date) => {
  const minutes = number(form, "minutes");
  if (!(minutes > 0)) throw new BadEdit("Choose until when.");
  return new Date(now.getTime() + minutes * 60_000);
};

/** Everything that the pages Alerts and Drill can do, by the name in its form. Each answers in a sentence. */
const DEEDS: Record<string, Deed> = {
  async acknowledge({ db, actor, now }, form) {
    await acknowledge(db, actor, id(form), { note: text(form, "note").slice(0, 500), now });
    return "Acknowledged. The channels hear of it again when it is over.";
  },
  async snooze({ db, actor, now }, form) {
    await snooze(db, actor, id(form), { until: later(form, now), now });
    return "Snoozed. If it still fires then, the channels hear of it again.";
  },
  async silence({ db, actor, now }, form) {
    const until = later(form, now);
    const reason = text(form, "reason").slice(0, 500);
    await silenceRule(db, actor, text(form, "id"), { until, reason, now });
    return "Silenced. Its alerts are shown here, and nobody is told.";
  },
  async unsilence({ db, actor }, form) {
    await unsilenceRule(db, actor, text(form, "id"));
    return "The silence has ended.";
  },
  async "edit-rule"({ db, actor }, form) {
    const kind = findRuleType(text(form, "id"));
    const given = number(form, "threshold");
    await editRule(db, actor, text(form, "id"), {
      enabled: form.get("enabled") === "on",
      threshold: kind?.unit === "share" ? given / 100 : given,
      windowSeconds: kind?.looksBack ? number(form, "windowSeconds") : 0,
      forSeconds: number(form, "forSeconds"),
      keepFiringSeconds: number(form, "keepFiringSeconds"),
    });
    return "Saved. The next round, within 15 seconds, goes by it.";
  },
  async "add-channel"({ db, actor, allowPrivate }, form) {
    await addChannel(
      db,
      actor,
      {
        name: text(form, "name"),
        kind: text(form, "kind"),
        url: text(form, "url"),
        secret: text(form, "secret"),
      },
      { allowPrivate },
    );
    return "Added. Its address and secret are not shown again. Send it a test.";
  },
  async "remove-channel"({ db, actor, now }, form) {
    await removeChannel(db, actor, id(form), now);
    return "Removed, with its secret. What still waited for it is given up.";
  },
  async "test-channel"({ db, actor, now, publicUrl }, form) {
    await sendTest(db, actor, id(form), { now, publicUrl });
    return "The test is on its way: what came of it stands in the delivery log within seconds.";
  },
  async "give-up"({ db, actor, now }, form) {
    await giveUp(db, actor, BigInt(id(form)), now);
    return "Given up. It will not be tried again.";
  },
  async retry({ db, actor, now }, form) {
    await retryNow(db, actor, BigInt(id(form)), now);
    return "It is tried again within seconds.";
  },
};

const DRILL_DEEDS: Record<string, Deed> = {
  async "start-drill"({ db, actor }, form) {
    const seconds = number(form, "seconds");
    await startDrill(db, actor, seconds);
    return `The drill has begun, and ends by itself in ${formatCount(seconds, "second")}.`;
  },
  async "abort-drill"({ db, actor }) {
    await abortDrill(db, actor);
    return "Aborted. Every process lets go within a second.";
  },
};

/** Does what a form of the page Alerts asks for. What makes no sense is answered; what should not happen is thrown. */
export const doAlertDeed = (sources: DeedSources, form: FormData) => run(DEEDS, sources, form);

/** The same for the page Drill. */
export const doDrillDeed = (sources: DeedSources, form: FormData) => run(DRILL_DEEDS, sources, form);

async function run(deeds: Record<string, Deed>, sources: DeedSources, form: FormData): Promise<DeedAnswer> {
  const name = text(form, "deed");
  const control = [name, text(form, "id")].filter(Boolean).join(" ");
  const deed = Object.hasOwn(deeds, name) ? deeds[name] : undefined;
  if (!deed) return { control, ok: false, text: "This page has no such form." };
  try {
    return { control, ok: true, text: await deed(sources, form) };
  } catch (error) {
    if (error instanceof BadEdit) return { control, ok: false, text: error.message };
    throw error;
  }
}
