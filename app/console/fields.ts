import { z } from "zod";
import { parseDuration } from "~/shared/duration-text";

/** A number from a form. An empty field is not 0; every invalid value gets the same message. */
export const numberField = (message: string, fits: (value: number) => boolean) =>
  z
    .string(message)
    .trim()
    .min(1, message)
    .transform(Number)
    .refine((value) => Number.isFinite(value) && fits(value), message);

/** A whole number from a form, between two bounds, both included. */
export const wholeNumberField = (message: string, least: number, most: number) =>
  numberField(message, (value) => Number.isInteger(value) && value >= least && value <= most);

/** The id of a row, from a form. */
export const idField = (message: string) => wholeNumberField(message, 0, 999_999_999);

/** The start of an hour in UTC, as `<input type="datetime-local" step="3600">` sends it: 2026-11-30T14:00. */
export const hourField = (message: string) =>
  z
    .string(message)
    .trim()
    .regex(/^20\d\d-\d\d-\d\dT\d\d:00(:00)?$/, message)
    .transform((text) => new Date(`${text.slice(0, 16)}:00Z`))
    .refine((hour) => !Number.isNaN(hour.getTime()), message);

/** A checkbox: a browser sends "on" if it is ticked, and otherwise nothing. */
export const checkboxField = z
  .literal("on")
  .optional()
  .transform((box) => box === "on");

/** A length of time from a form, as people write it ("5 min"), between two bounds in seconds, both included; in seconds. */
export const durationField = (message: string, least: number, most: number) =>
  z
    .string(message)
    .transform((text) => parseDuration(text) ?? Number.NaN)
    .refine((seconds) => seconds >= least && seconds <= most, message);
