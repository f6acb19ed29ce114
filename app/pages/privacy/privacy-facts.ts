import { LIMITS } from "~/auth/log-in-tries";
import { OPT_OUT_SECONDS } from "~/auth/opt-out";
import { LIFETIME_SECONDS } from "~/auth/sessions";
import type { Env } from "~/platform/env";
import { formatCount, formatDuration } from "~/shared/format";
import type { RetentionDays } from "~/shared/retention";
import { WINDOWS_KEPT } from "~/stores/postgres/count-statement";
import { KEPT_DAYS } from "~/stores/postgres/imports/import-memory";
import { saltDays } from "~/stores/postgres/salts";
import { type DedupeWindow, rememberedMs } from "~/tracker/window";

/** One thing that the site keeps about readers. */
export interface PrivacyFact {
  what: string;
  /** One or two sentences about it. */
  text: string;
  /** How long, as a sentence. */
  kept: string;
  /** Who can see it, as a sentence. */
  seenBy: string;
}

export interface PrivacyFacts {
  /** The dedupe window: "24 hours". */
  window: string;
  honoursSignals: boolean;
  /** How long the cookie that opts out is kept. */
  optOutKept: string;
  visitors: PrivacyFact[];
  accounts: PrivacyFact[];
}

/** What the facts depend on: this site's settings. */
export interface PrivacySources {
  env: Pick<Env, "HONOUR_PRIVACY_SIGNALS">;
  window: DedupeWindow;
  retention: RetentionDays;
  /** Whether views are counted in Redis while it works. */
  hasRedis: boolean;
}

const days = (count: number) => formatCount(count, "day");
const duration = (ms: number) => formatDuration(ms / 1000);

/** What this site keeps about readers, for how long, and who sees it: from the constants and settings that the code itself uses. */
export function privacyFacts({ env, window, retention, hasRedis }: PrivacySources): PrivacyFacts {
  const salt = days(saltDays(window));
  const reach = duration(window.length + window.grace);
  const longestLimit = Math.max(...Object.values(LIMITS).map(({ forgetAfter }) => forgetAfter));
  return {
    window: duration(window.length),
    honoursSignals: env.HONOUR_PRIVACY_SIGNALS,
    optOutKept: formatDuration(OPT_OUT_SECONDS),
    visitors: [
      {
        what: "How often each page was read",
        text: "One number per hour for each story and chapter, and for stories the kind of device and the site that linked there (its host name only, or the campaign that the link itself names).",
        kept: "For as long as the story is here. None of these numbers is about a person.",
        seenBy:
          "Everyone sees the total. The story’s author and editors, and the site’s operators, see the rest.",
      },
      {
        what: "A mark that you have read a page",
        text: "It keeps you from being counted twice. For visitors without an account, it is a hash of the page, your network address and your browser’s name, made with a secret that changes every day. Hashes of two pages have nothing in common, so they are no list of what you read.",
        kept: `${hasRedis ? `In Redis, up to ${duration(rememberedMs(window))}. ` : ""}The day’s secret is deleted within ${salt}; after that, not even we can connect a hash with an address.`,
        seenBy: "Shown to no one.",
      },
      {
        what: "Rows of views that were counted in the database",
        text: `${hasRedis ? "Only while Redis cannot be reached" : "On this site, for every view"}: the same hash, the time to the minute or better, the kind of device and the linking site.`,
        kept: `${hasRedis ? `${days(retention.outageRows)} after the interruption was settled. ` : `${days(retention.outageRows)} after they were closed. `}The mark behind them is deleted ${WINDOWS_KEPT} after its last view.`,
        seenBy: "The site’s operators, as hashes.",
      },
      {
        what: "Your network address",
        text: "The site needs it to answer you, and works the hash out from it. It is never written down: not in the database, not in Redis, not in the site’s log.",
        kept: "Not kept. A web server or a provider in front of this site may have logs of its own.",
        seenBy: "Shown to no one.",
      },
      {
        what: "Visits from before, taken over from access logs",
        text: "An operator may import them. Their readers are told apart by hashes with a secret of their own.",
        kept: `The hashes and their secret are deleted ${days(KEPT_DAYS)} after the latest import. The numbers stay.`,
        seenBy: "Everyone sees the totals; the hashes are shown to no one.",
      },
    ],
    accounts: [
      {
        what: "Your account",
        text: "Your name, e-mail address and role, and a hash of your password. Wrong passwords are counted, under a hash of the address that they came from.",
        kept: `The account until you delete it; the count of wrong passwords for ${formatDuration(longestLimit)} at most.`,
        seenBy: "You and the site’s operators.",
      },
      {
        what: "Where you are logged in",
        text: "One row per browser: its name, when you logged in and when it was last used. Your cookie holds a signed random number.",
        kept: `${formatDuration(LIFETIME_SECONDS)} after the log-in, or until you log out.`,
        seenBy: "You.",
      },
      {
        what: "Where you stopped reading",
        text: "For each story that you started, the last chapter that you opened.",
        kept: "Until you delete your account.",
        seenBy: "You.",
      },
      {
        what: "Which pages you were counted for",
        text: "While you are logged in, the mark that you have read a page has the number of your account instead of a hash.",
        kept: hasRedis
          ? `In Redis, up to ${duration(rememberedMs(window))}. In the database, your number is replaced by a random one once ${reach} have passed and the interruption is settled.`
          : `Your number is replaced by a random one once ${reach} have passed and the row is closed.`,
        seenBy: "You, in the copy of your data. Editors see numbers, never names.",
      },
    ],
  };
}
