/**
 * What every answer over HTTP says, whatever it answers: that browsers are to take it for what it says it is, to keep no
 * copy, to draw nothing of it or around it, and to tell nobody where they were. No answer of ours is a page.
 */
export const securityHeaders: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
};

/** The same where callers are known to come over TLS: that they always should (RFC 6797), for two years. */
export const tlsSecurityHeaders: Readonly<Record<string, string>> = {
  ...securityHeaders,
  "strict-transport-security": "max-age=63072000",
};
