import { constants, type ServerHttp2Stream } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";

/** Ends a stream whose client may have more to send, and forgets what came. */
export function letGo(stream: ServerHttp2Stream): void {
  if (!stream.closed) stream.close();
}

/** Ends a stream whose client does not take what it was sent, and forgets that. */
export function takeBack(stream: ServerHttp2Stream): void {
  // With another code Node would wait until all was taken.
  if (!stream.closed) stream.close(constants.NGHTTP2_CANCEL);
}

/** What a call is ended with that takes too long. */
export function notDoneWithin(limitMs: number): ConnectError {
  return new ConnectError(`the call was not done within ${limitMs} ms`, Code.DeadlineExceeded);
}
