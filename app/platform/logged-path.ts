/** The path of a request as logs and traces may hold it: people who read them must not get the token of a share link. */
export const loggedPath = (path: string): string => path.replace(/^\/shared\/[^/]+/i, "/shared/<token>");
