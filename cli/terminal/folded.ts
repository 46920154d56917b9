/** Where nobody says how wide the terminal is, and in pipes: what commander takes too. */
const COLUMNS = 80;

/** A line of prose that goes on in the next: it was folded for a wider terminal. */
const GOES_ON = /^(\S.{79,})\n(?=\S)/gm;

/** A help text with its prose in lines that fit; what is indented is a table or a command line and stays as it is. */
export function folded(text: string, columns = process.stdout.columns || COLUMNS): string {
  const fitting = new RegExp(`(?=.{${columns + 1}})(.{1,${columns}}) `, "g");
  return text
    .replace(GOES_ON, "$1 ")
    .split("\n")
    .map((line) => (line.startsWith(" ") ? line : line.replace(fitting, "$1\n")))
    .join("\n");
}
