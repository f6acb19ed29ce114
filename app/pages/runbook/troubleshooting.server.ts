import text from "../../../docs/troubleshooting.md?raw";

/** The document, taken into the build: the page needs no file at run time. */
export const troubleshooting: string = text;
