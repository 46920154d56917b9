/** The three forms of RFC 9110 §5.6.7; asctime's names no zone and means UTC all the same. */
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*\d\d:\d\d:\d\d( \d{4}| GMT)$/;

/**
 * How long a Retry-After header (RFC 9110 §10.2.3) asks to wait: seconds, or a date.
 * @param now milliseconds since the epoch.
 * @returns seconds, 0 or more and without bound; undefined if the header is missing or says nothing that can be read.
 */
export function retryAfterSeconds(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text);
  // Date.parse would take much more, bare years for instance.
  if (!HTTP_DATE.test(text)) return undefined;
  const at = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now) / 1_000));
}
