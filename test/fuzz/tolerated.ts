/**
 * What blames the server for what the caller sent, and is being put right elsewhere; nothing else may. The first three
 * are answers of grpc-js, the others are Connect's. Once they are put right, this file goes, and what asks it.
 */
const TOLERATED = [
  /^Failed to decompress message$/,
  /^Invalid grpc-timeout value /,
  /^Error deserializing request$/,
  /^(?:\[internal\] )?decompression failed/,
  /^(?:\[internal\] )?parse binary: /,
  /^(?:\[internal\] )?received compressed envelope, but do not know how to decompress$/,
];

export function isTolerated(message: string): boolean {
  return TOLERATED.some((words) => words.test(message));
}
