/** Escapes in a row, a percent sign that begins none, or characters that should have been escaped. */
const PARTS = /(?:%[\da-f]{2})+|%|[^ -~]+/gi;

/**
 * Mends a `grpc-message` so that decoding it, at which Connect fails, never does: what is escaped wrongly is read as it
 * stands there, for instance "disk at 97%". A decoder may not lose a status over it (gRPC over HTTP2, "Responses",
 * Percent-Encoded).
 */
export function decodableMessage(message: string): string {
  return message.replace(PARTS, (part) => {
    if (!part.startsWith("%")) return encodeURIComponent(part.toWellFormed());
    return isDecodable(part) ? part : part.replaceAll("%", "%25");
  });
}

function isDecodable(escapes: string): boolean {
  try {
    decodeURIComponent(escapes);
    return true;
  } catch {
    return false; // no UTF-8, or no escape at all
  }
}
