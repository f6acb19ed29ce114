import { z } from "zod";

/** A number as a form sends it. An empty field is not 0, and what does not fit gets the one message. */
export const numberField = (message: string, fits: (value: number) => boolean) =>
  z
    .string(message)
    .trim()
    .min(1, message)
    .transform(Number)
    .refine((value) => Number.isFinite(value) && fits(value), message);

/** The same for whole numbers between two bounds, both included. */
export const wholeNumberField = (message: string, least: number, most: number) =>
  numberField(message, (value) => Number.isInteger(value) && value >= least && value <= most);

/** The id of a row. */
export const idField = (message: string) => wholeNumberField(message, 0, 999_999_999);

/** A browser sends "on" for a box that is ticked, and nothing for one that is not. */
export const checkboxField = z
  .literal("on")
  .optional()
  .transform((box) => box === "on");
