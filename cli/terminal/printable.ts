/**
 * What could steer a terminal: control characters, those that turn the direction of writing (Unicode Standard Annex 9), those
 * that nobody sees, and ends of lines of other scripts. Joiners stay: emoji and whole languages need them.
 */
const STEERS = String.raw`\p{Cc}\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060\u2066-\u2069\uFEFF`;
const STEERING = new RegExp(`[${STEERS}]`, "gu");
const STEERING_LINES = new RegExp(`(?![\n\t])[${STEERS}]`, "gu");

/** Names come from agents and from hands: what could steer a terminal is shown, not obeyed. */
export function printable(text: string): string {
  return text.replace(STEERING, escaped);
}

/** The same for text of several lines. In JSON and YAML the escapes mean what they stand for. */
export function printableLines(text: string): string {
  return text.replace(STEERING_LINES, escaped);
}

/** Whether `printable` would change the text. */
export function steers(text: string): boolean {
  return text.search(STEERING) >= 0;
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
