/** Milliseconds since the epoch, with fractions, never backwards: the same clock in all processes of a machine. */
export function clock(): number {
  return performance.timeOrigin + performance.now();
}
