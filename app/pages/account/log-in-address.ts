/** The address of the log-in page, which leads on to `next`, or to the landing page of the role when that is "". */
export const logInAddress = (next: string, page = "/login") =>
  next ? `${page}?next=${encodeURIComponent(next)}` : page;
