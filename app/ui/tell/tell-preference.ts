import { storedPreference } from "../stored-preference";

const preference = storedPreference<"on" | "off">("tidemark-tell", (stored) =>
  stored === "on" ? "on" : "off",
);

/** Whether this browser tells of alerts and outages from now on. */
export const setTells = (on: boolean) => preference.set(on ? "on" : "off");

/** Whether this browser is to tell of alerts and outages; false on the server. */
export const useTells = () => preference.useValue("off") === "on";
