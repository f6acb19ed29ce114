/** A 404 to throw from a loader. Pages show their own text; `text` is for programs that ask for the data alone. */
export const notFound = (text: string) => new Response(text, { status: 404, statusText: "Not Found" });
