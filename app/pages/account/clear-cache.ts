/**
 * Tells the browser, on the response to a log-out, to drop the pages that it keeps: "back" must not show the next person the
 * previous one's. Browsers heed it over https and on localhost.
 */
export function clearCache(headers: Headers): Headers {
  headers.set("Clear-Site-Data", '"cache"');
  return headers;
}
