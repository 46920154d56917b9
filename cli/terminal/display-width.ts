import truncatedWidth from "fast-string-truncated-width";

const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Columns that a text takes on a terminal: two for East Asian wide characters and emoji, none for combining marks. */
export function displayWidth(text: string): number {
  return truncatedWidth(text).width;
}

/** A text in so many columns at most; one that is longer ends with …, and no character in it is cut. */
export function shortened(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let kept = "";
  let width = 0;
  for (const { segment } of GRAPHEMES.segment(text)) {
    width += displayWidth(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}
