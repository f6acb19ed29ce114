/** A 404 to throw from a loader. Pages show their own text; `text` is for programs that request only the data. */
export const notFound = (text: string) => new Response(text, { status: 404, statusText: "Not Found" });
