import { Document, visit } from "yaml";
import { steers } from "./terminal/printable.ts";

/**
 * The same as JSON says, as one YAML document: no line is folded, nothing is an alias, no name merges. What `printableLines`
 * makes of it means the same. Whoever starts quickly loads this only once it is needed.
 */
export function yamlText(value: unknown): string {
  const document = new Document(JSON.parse(JSON.stringify(value)));
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== "string") return;
      // In double quotes an escape means what it stands for; elsewhere it would be a backslash and a few letters.
      if (steers(node.value) || node.value === MERGE_KEY) node.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString({ lineWidth: 0 });
}

/** Without quotes, a name of this takes in what its map says. */
const MERGE_KEY = "<<";
