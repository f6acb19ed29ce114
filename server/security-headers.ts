import { randomBytes } from "node:crypto";
import type { RequestHandler, Response } from "express";
import helmet from "helmet";
import type { Env } from "../app/platform/env";

/** No page uses these, so no script that gets into one may. */
const PERMISSIONS_POLICY = [
  "camera",
  "display-capture",
  "geolocation",
  "microphone",
  "midi",
  "payment",
  "publickey-credentials-get",
  "serial",
  "usb",
]
  .map((feature) => `${feature}=()`)
  .join(", ");

const SHARED_PATH = /^\/shared\//i;

/** Middleware, in order: creates the response's CSP nonce (`response.locals.cspNonce`), then sets helmet's headers, and a stricter one for shared pages. */
export function securityHeaders(env: Env): RequestHandler[] {
  const development = env.NODE_ENV === "development";
  const https = env.PUBLIC_URL?.startsWith("https:") ?? false;
  return [
    (_request, response, next) => {
      response.locals.cspNonce = randomBytes(16).toString("base64");
      response.setHeader("Permissions-Policy", PERMISSIONS_POLICY);
      next();
    },
    helmet({
      contentSecurityPolicy: {
        directives: {
          defaultSrc: ["'self'"],
          scriptSrc: ["'self'", (_request, response) => `'nonce-${(response as Response).locals.cspNonce}'`],
          styleSrc: ["'self'", "'unsafe-inline'"],
          imgSrc: ["'self'", "data:"],
          fontSrc: ["'self'", "data:"],
          // Hot reload in development.
          connectSrc: ["'self'", ...(development ? ["ws:"] : [])],
          objectSrc: ["'none'"],
          baseUri: ["'self'"],
          frameAncestors: ["'none'"],
          formAction: ["'self'"],
          upgradeInsecureRequests: https ? [] : null,
        },
      },
      strictTransportSecurity: https,
      // As frameAncestors says, for browsers that do not know it.
      xFrameOptions: { action: "deny" },
      referrerPolicy: { policy: "strict-origin-when-cross-origin" },
    }),
    // The address of a shared page has its token, which must reach no other site and no search engine, whatever the answer is.
    (request, response, next) => {
      if (SHARED_PATH.test(request.path)) {
        response.setHeader("Referrer-Policy", "no-referrer");
        response.setHeader("X-Robots-Tag", "noindex, nofollow");
      }
      next();
    },
  ];
}
