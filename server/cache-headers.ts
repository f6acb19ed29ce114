import type { RequestHandler } from "express";
import onHeaders from "on-headers";

/**
 * Keeps every response out of every cache unless its route says otherwise: data of loaders, the queue board, redirects and errors
 * may be one person's. Files of the build and readers' pages say so themselves.
 */
export const cacheNothing: RequestHandler = (_request, response, next) => {
  onHeaders(response, () => {
    if (!response.hasHeader("Cache-Control")) response.setHeader("Cache-Control", "private, no-store");
  });
  next();
};
