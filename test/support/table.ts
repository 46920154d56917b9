/** Rows under their headings, in columns; columns of numbers stand to the right. */
export function table(headings: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const widths = headings.map((heading, at) =>
    Math.max(heading.length, ...rows.map((row) => String(row[at] ?? "").length)),
  );
  const line = (cells: readonly (string | number)[]): string => {
    const padded = cells.map((cell, at) => {
      const width = widths[at] ?? 0;
      return typeof rows[0]?.[at] === "number" ? String(cell).padStart(width) : String(cell).padEnd(width);
    });
    return `  ${padded.join("  ").trimEnd()}\n`;
  };
  return [headings, widths.map((width) => "-".repeat(width)), ...rows].map(line).join("");
}
