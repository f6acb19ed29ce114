import type { Tone } from "~/shared/status";

/** The icon of a tab in each state of the site: a circle, a diamond and a triangle, as on the page, and a ring for a site without an answer. */
const SHAPES: Record<Tone | "unknown", string> = {
  calm: '<circle cx="16" cy="16" r="13" fill="#1c7a48"/>',
  notice: '<path d="M16 1.5 30.5 16 16 30.5 1.5 16Z" fill="#c9750f"/>',
  alarm: '<path d="M16 2 31 30H1Z" fill="#d0342c"/>',
  unknown: '<circle cx="16" cy="16" r="11" fill="none" stroke="#808488" stroke-width="5"/>',
};

/** Shows a state as the icon of this tab. It is part of the page, as a site without an answer sends none. Returns a function that undoes it. */
export function showIcon(state: Tone | "unknown"): () => void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"][type="image/svg+xml"]');
  if (!link) return () => {};
  const before = link.href;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${SHAPES[state]}</svg>`;
  link.href = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  return () => {
    link.href = before;
  };
}
