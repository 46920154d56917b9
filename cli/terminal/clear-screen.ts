/** Empties the terminal and goes to its top; what was there before can still be scrolled to. */
export function clearScreen(): void {
  process.stdout.write("\u001b[2J\u001b[H");
}
