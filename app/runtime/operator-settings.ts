import type { OperatorSettings } from "~/alerts/read-facts";
import { isPaused, type SettingValues, type SyncSetting } from "~/platform/settings";
import { formatTime } from "~/shared/format";
import type { StorePreference } from "~/tracker/record";

/** A sentence for the person who asked for a sync, saying why it does not run; null when the sync is not paused. */
export function whyPaused(sync: SyncSetting, now: Date): string | null {
  if (!isPaused(sync, now.getTime())) return null;
  const until = formatTime(new Date(sync.pausedUntil ?? 0), { now });
  return `The sync is paused until ${until} (${sync.pausedReason}). Tick “Run even though the sync is paused” on the Sync page to run it anyway.`;
}

/** The settings, as the alert rules need them. */
export function operatorSettingsOf(
  { countIn, sync, objectives }: SettingValues,
  now: Date,
): OperatorSettings {
  const paused = isPaused(sync, now.getTime());
  return {
    databaseReason: countIn.store === "database" ? countIn.reason : null,
    syncIntervalSeconds: sync.intervalHours * 3600,
    syncPaused: paused ? { until: new Date(sync.pausedUntil ?? 0), reason: sync.pausedReason } : null,
    targets: objectives,
  };
}

/** The setting, as the tracker needs it. `since`: when it took effect, Unix ms. */
export const preferenceOf = (
  { store, reason }: SettingValues["countIn"],
  since: number,
): StorePreference => ({
  redis: store === "redis",
  reason,
  since,
});
