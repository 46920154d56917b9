const MOST = 80;

/** A reason in a line, as a table or a sentence bears it: blanks and line ends folded, cut after 80 characters. */
export function shortText(text: string): string {
  const chars = [...text.replaceAll(/\s+/g, " ").trim()];
  return chars.length > MOST ? `${chars.slice(0, MOST - 1).join("")}…` : chars.join("");
}
