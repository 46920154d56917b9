import { maskedText } from "../../shared/masked-text.ts";
import { printableLines } from "./printable.ts";
import { hideSpinner } from "./spinner.ts";

/** Tells whoever runs the program what is wrong; AWS repeats what was sent to it. */
export function complain(text: string): void {
  hideSpinner();
  process.stderr.write(printableLines(maskedText(text)));
}

/** The same of how it was called; of an option that there is not, the value may be a secret. */
export function complainOfUsage(text: string): void {
  complain(text.replace(/(unknown option '[^'=]+)=.*'/s, "$1=…'"));
}
