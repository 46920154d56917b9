/**
 * What blames the server for what the caller sent, and is being put right elsewhere; nothing else may. The first three
 * are answers of grpc-js, the others are Connect's, the
 * last one for a Host header that is blank. Once they are put right, this file goes, and what asks it.
 */
const TOLERATED = [
  /^Failed to decompress message$/,
  /^Invalid grpc-timeout value /,
  /^Error deserializing request$/,
  /^(?:\[internal\] )?decompression failed/,
  /^(?:\[internal\] )?parse binary: /,
  /^(?:\[internal\] )?received compressed envelope, but do not know how to decompress$/,
  /^handler for rpc \w+ of [\w.]+ failed TypeError: Invalid URL$/,
];

export function isTolerated(message: string): boolean {
  return TOLERATED.some((words) => words.test(message));
}
