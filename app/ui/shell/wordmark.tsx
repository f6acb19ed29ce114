/**
 * The name of the site beside its logo: a wave, and the lines that higher tides left. Consoles set nothing else in the readers'
 * typeface, so there the name is a drawing (console.css).
 */
export function Wordmark() {
  return (
    <span className="inline-flex items-center gap-2.5">
      <svg viewBox="0 0 28 20" width="28" height="20" fill="none" aria-hidden="true" className="text-accent">
        <path d="M5 1.5h18" stroke="currentColor" strokeWidth="1" strokeLinecap="round" opacity="0.45" />
        <path d="M3 6h22" stroke="currentColor" strokeWidth="1.25" strokeLinecap="round" opacity="0.7" />
        <path
          d="M1 15c4.3 0 4.3-4 8.7-4s4.3 4 8.6 4 4.3-4 8.7-4"
          stroke="currentColor"
          strokeWidth="2"
          strokeLinecap="round"
        />
      </svg>
      <span className="wordmark font-serif text-xl tracking-tight max-[24rem]:sr-only">Tidemark</span>
    </span>
  );
}
