/** A command line as bash has it, up to the cursor. */
export interface SplitLine {
  /** Its words without quotes; the last is what is being typed. */
  readonly words: string[];
  /** The quote that is open at the cursor, or none. */
  readonly quote: "" | "'" | '"';
}

const ENDS = new Set([" ", "\t", "\n"]);

/** Splits a line as a POSIX shell does (2.2, "Quoting"), as far as it goes without running anything. */
export function splitLine(line: string): SplitLine {
  const words: string[] = [];
  let word = "";
  let quote: SplitLine["quote"] = "";
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? "";
    if (quote === "'") {
      if (char === "'") quote = "";
      else word += char;
    } else if (char === "\\") {
      const next = line[++at] ?? "";
      // Between double quotes a backslash stands for itself before anything that means nothing there.
      word += quote === '"' && !'$`"\\'.includes(next) ? char + next : next;
    } else if (char === '"') {
      quote = quote === '"' ? "" : '"';
    } else if (quote === "" && char === "'") {
      quote = "'";
    } else if (quote === "" && ENDS.has(char)) {
      if (word !== "" || /['"]$/.test(line.slice(0, at))) words.push(word);
      word = "";
    } else {
      word += char;
    }
  }
  return { words: [...words, word], quote };
}
