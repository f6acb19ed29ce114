import type { ErrorRequestHandler } from "express";
import { loggedPath } from "../app/platform/logged-path";
import type { Logger } from "../app/platform/logger";

/**
 * The last middleware: whatever failed before it is logged as every other error, with the request's id, and answered in one line.
 * Errors that name a 4xx status (a body that cannot be parsed) are answers, and are not logged.
 */
export const answerErrors: ErrorRequestHandler = (error, request, response, _next) => {
  const status = statusOf(error);
  const { method } = request;
  const path = loggedPath(request.path);
  if (status >= 500) (response.locals.log as Logger).error({ err: error, method, path }, "a request failed");
  // Half an answer must not look like a whole one.
  if (response.headersSent) return void response.destroy();
  response
    .status(status)
    .type("text")
    .set("X-Content-Type-Options", "nosniff")
    .send(
      status >= 500
        ? "Something went wrong on our side. The error has been logged. Please try again in a minute."
        : "This request could not be read, so it was refused.",
    );
};

function statusOf(error: unknown): number {
  const status =
    typeof error === "object" && error !== null && "status" in error ? Number(error.status) : 500;
  return status >= 400 && status < 600 ? status : 500;
}
