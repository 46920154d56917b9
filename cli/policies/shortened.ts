/** Text of at most so many characters; where some are left out, it ends with an ellipsis. */
export function shortened(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, Math.max(most - 1, 0)).join("")}…`;
}
