import text from "../../../docs/troubleshooting.md?raw";

/** The document as of the build: the page reads no file at run time. */
export const troubleshooting: string = text;
