import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** How many requests of a connection are not answered yet; on the socket, where it costs least. */
const OPEN = Symbol("open requests");
type CountedSocket = Socket & { [OPEN]?: number };

/** Which of the open requests of its connection a request was when it came, from 1 on. */
const PLACE = Symbol("place");
type CountedRequest = IncomingMessage & { [PLACE]?: number };

/** Counts a request that came, until it is answered or its connection is gone. To be asked once for each. */
export function countRequest(request: IncomingMessage, response: ServerResponse): number {
  const socket: CountedSocket = request.socket;
  const place = (socket[OPEN] ?? 0) + 1;
  socket[OPEN] = place;
  (request as CountedRequest)[PLACE] = place;
  response.on("close", endRequest);
  return place;
}

/** What `countRequest` said of it. */
export function placeOf(request: IncomingMessage): number {
  return (request as CountedRequest)[PLACE] ?? 1;
}

function endRequest(this: ServerResponse): void {
  const socket: CountedSocket = this.req.socket;
  socket[OPEN] = (socket[OPEN] ?? 1) - 1;
}
