import { lookUp } from "~/shared/look-up";

/** The JSON before or after a change, as an object; empty where it is not one. */
export type Fields = Readonly<Record<string, unknown>>;

/** Reads a value of an event, which an earlier version may have written differently. */
export const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/** A text field; "" where it is missing. */
export const textOf = (fields: Fields, name: string): string => {
  const value = lookUp(fields, name);
  return typeof value === "string" ? value : "";
};

/** A number; 0 where it is missing. */
export const numberOf = (fields: Fields, name: string): number => {
  const value = lookUp(fields, name);
  return typeof value === "number" ? value : 0;
};
