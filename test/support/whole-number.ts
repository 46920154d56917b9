/** The value of a flag. @throws an Error that says what it takes. */
export function wholeNumber(flag: string, text: string, least: number, most = 999_999): number {
  const isWhole = /^\d{1,15}$/.test(text) && Number(text) >= least && Number(text) <= most;
  if (isWhole) return Number(text);
  throw new Error(`--${flag} is "${text}"; it takes a whole number from ${least} to ${most}`);
}
