/** Largest request message in bytes, after decompression, on every host. Larger ones are RESOURCE_EXHAUSTED. */
export const MAX_REQUEST_BYTES = 1_024 * 1_024;

/**
 * Largest request body in bytes where a host hands over whole requests, as Lambda does: it takes 6 MB (10^6) as an
 * event, in which the body is base64 and the rest is headers. So a client stream through Lambda ends here; larger ones
 * are RESOURCE_EXHAUSTED.
 */
export const MAX_BUFFERED_REQUEST_BYTES = 4 * 1_024 * 1_024;

/** How long a whole request may take to come in, where it is one message or comes to the HTTP port. In milliseconds. */
export const MAX_REQUEST_MS = 30_000;

/** Most bytes of the headers of one request, names and values together, on both ports. */
export const MAX_HEADER_BYTES = 16 * 1_024;

/** Longest time that a caller may give a call over HTTP, in milliseconds: what a timer of Node can wait for. */
export const MAX_TIMEOUT_MS = 2_147_483_647;
