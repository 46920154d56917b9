/** As many digits as a whole number has at most that JavaScript can count up. */
const DIGITS = 16;

/** A revision's number as text whose order is that of the numbers. */
export function revisionKey(revision: number): string {
  const [whole = "", ...fraction] = String(revision).split(".");
  return [whole.padStart(DIGITS, "0"), ...fraction].join(".");
}
