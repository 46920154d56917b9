/** Largest request message in bytes, after decompression, on every host. Larger ones are RESOURCE_EXHAUSTED. */
export const MAX_REQUEST_BYTES = 1_024 * 1_024;
