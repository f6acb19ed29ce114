import type { Env } from "./env";

/** `https://stories.example`, for absolute addresses: the origin of `PUBLIC_URL`, or that of the request. */
export const siteOrigin = ({ PUBLIC_URL }: Pick<Env, "PUBLIC_URL">, request: Request): string =>
  new URL(PUBLIC_URL ?? request.url).origin;
