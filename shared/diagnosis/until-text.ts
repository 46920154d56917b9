/** In how long a moment comes, for instance `in 5 s` or `in 3 h 58 min`; both in milliseconds since the epoch. */
export function untilText(then: number, now: number): string {
  const seconds = Math.ceil((then - now) / 1_000);
  if (seconds <= 0) return "due now";
  if (seconds < 120) return `in ${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `in ${minutes} min`;
  const rest = minutes % 60;
  return `in ${Math.floor(minutes / 60)} h${rest === 0 ? "" : ` ${rest} min`}`;
}
