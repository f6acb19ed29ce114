/** The pauses between reminders that a channel may have, minutes. */
export const REPEAT_MINUTES = [5, 15, 30, 60, 240, 1440] as const;
