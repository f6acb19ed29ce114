/**
 * An address, or null where the text is none. In place of `URL.canParse`, which refuses every text with a letter such as "ü" once Node 20
 * has compiled its caller: V8 hands such text on as Latin-1, and it is read as UTF-8.
 */
export function parseUrl(text: string, base?: string): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}
