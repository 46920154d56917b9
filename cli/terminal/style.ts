import { randomBytes } from "node:crypto";
import type { WriteStream } from "node:tty";
import { styleText } from "node:util";

/** What a piece of text means; colours say it on a terminal that wants them. */
export type Style = keyof typeof FORMATS;

const FORMATS = { good: "green", bad: "red", warning: "yellow", faint: "dim", strong: "bold" } as const;

// Names come from outside: what starts and ends a style is something that none of them can know.
const NONCE = randomBytes(6).toString("hex");
const START = `\uFDD0${NONCE}`;
const END = `\uFDD1${NONCE}`;
const MARKED = new RegExp(`${START}(\\w+):([^\uFDD0\uFDD1]*)${END}`, "g");

/** The text, marked: whatever prints it turns marks into colours (`coloured`) or leaves them out (`plain`). */
export function styled(style: Style, text: string): string {
  return `${START}${style}:${text}${END}`;
}

/** Text without marks: what goes into pipes, and what columns are measured by. */
export function plain(text: string): string {
  return text.replaceAll(MARKED, "$2");
}

/** A text with `change` made to what it says; its style stays if it has one style as a whole, else it loses them. */
export function restyled(text: string, change: (text: string) => string): string {
  const [whole, style, inner] = new RegExp(`^${MARKED.source}$`).exec(text) ?? [];
  return whole === undefined ? change(plain(text)) : styled(style as Style, change(inner ?? ""));
}

/** Text for a stream: in colours where it is a terminal and neither NO_COLOR nor its like forbids it. */
export function coloured(text: string, stream: WriteStream): string {
  return text.replaceAll(MARKED, (_, style: Style, inner: string) => styleText(FORMATS[style], inner, { stream }));
}
