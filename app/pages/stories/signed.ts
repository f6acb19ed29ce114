import { formatNumber } from "~/shared/format";

/** 120 → "+120". */
export const signed = (value: number) => (value > 0 ? `+${formatNumber(value)}` : formatNumber(value));
