import { describe, expect, it } from "vitest";
import { LIMITS } from "../../app/auth/log-in-tries";
import { LIFETIME_SECONDS } from "../../app/auth/sessions";
import { privacyFacts } from "../../app/pages/privacy/privacy-facts";
import { formatDuration } from "../../app/shared/format";
import { DEFAULT_RETENTION } from "../../app/shared/retention";
import { WINDOWS_KEPT } from "../../app/stores/postgres/count-statement";
import { KEPT_DAYS } from "../../app/stores/postgres/imports/import-memory";
import { saltDays } from "../../app/stores/postgres/salts";
import { planWindow, rememberedMs } from "../../app/tracker/window";

const facts = (hours: number, graceHours: number, outageRows = 90, hasRedis = true, signals = false) =>
  privacyFacts({
    env: { HONOUR_PRIVACY_SIGNALS: signals },
    window: planWindow(hours, graceHours),
    retention: { ...DEFAULT_RETENTION, outageRows },
    hasRedis,
  });
const kept = ({ visitors, accounts }: ReturnType<typeof facts>) =>
  [...visitors, ...accounts].map((fact) => fact.kept).join("\n");

describe("the durations on /privacy", () => {
  it("follow the window, the grace and the retention that are set", () => {
    const usual = facts(24, 6);
    expect(usual.window).toBe("24 hours");
    expect(kept(usual)).toContain("up to 42 hours");
    expect(kept(usual)).toContain("once 30 hours have passed");
    expect(kept(usual)).toContain("deleted within 2 days");
    expect(kept(usual)).toContain("90 days after the interruption");

    const other = facts(168, 1, 31);
    expect(other.window).toBe("7 days");
    expect(kept(other)).toContain(`up to ${formatDuration(rememberedMs(planWindow(168, 1)) / 1000)}`);
    expect(kept(other)).toContain("deleted within 8 days");
    expect(kept(other)).toContain("31 days after the interruption");
  });

  it("are those of the constants that the code uses", () => {
    const text = kept(facts(24, 6));
    expect(text).toContain(`deleted ${WINDOWS_KEPT} after`);
    expect(text).toContain(`deleted ${KEPT_DAYS} days after the latest import`);
    expect(text).toContain(`${formatDuration(LIFETIME_SECONDS)} after the log-in`);
    expect(text).toContain(`wrong passwords for ${formatDuration(LIMITS.code.forgetAfter)} at most`);
  });

  it("speak of Redis and of privacy signals only where the site uses them", () => {
    expect(kept(facts(24, 6, 90, false))).not.toContain("Redis");
    expect(facts(24, 6, 90, true, true).honoursSignals).toBe(true);
  });
});

it("a salt is needed as long as a window reaches back", () => {
  expect([1, 24, 25, 48, 168].map((hours) => saltDays(planWindow(hours, 6)))).toEqual([2, 2, 3, 3, 8]);
});
