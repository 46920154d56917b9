/** One way to go on, as a whole word. */
export interface Candidate {
  readonly word: string;
  readonly description: string;
}
