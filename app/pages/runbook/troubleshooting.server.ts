import text from "../../../docs/troubleshooting.md?raw";

/** The document, included in the build: the page needs no file at run time. */
export const troubleshooting: string = text;
