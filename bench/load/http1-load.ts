/**
 * Makes HTTP/1.1 calls on connections that are kept, one at a time on each, in a process of its own. Any answer but the
 * expected one ends it. On bare sockets: node:http as a client takes as long for a call as the server that is measured.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { readAnswer } from "./http1-answer.ts";
import { type Calling, type LoadRequest, serveLoad } from "./load.ts";

serveLoad(async (request: LoadRequest): Promise<Calling> => {
  const body = Buffer.from(request.body, "base64");
  const expected = Buffer.from(request.expected, "base64").toString("latin1");
  const headers = { host: `127.0.0.1:${request.port}`, ...request.headers, "content-length": String(body.byteLength) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const call = Buffer.concat([Buffer.from(`POST ${request.path} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1"), body]);

  const places = Array.from({ length: request.inFlight }, () => openPlace(connect(request.port, "127.0.0.1")));
  await Promise.all(places.map(({ socket }) => once(socket, "connect")));

  function openPlace(socket: Socket) {
    const place = { socket, answered: (): void => {} };
    let received = "";
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      const answer = readAnswer(received);
      if (answer === undefined) return;
      if (answer.status !== 200 || answer.body !== expected) throw new Error(`answer ${received.slice(0, 500)}`);
      received = "";
      place.answered();
    });
    return place;
  }

  return {
    call(index, answered) {
      const place = places[index] as (typeof places)[number];
      place.answered = answered;
      place.socket.write(call);
    },
    close() {
      for (const { socket } of places) socket.destroy();
    },
  };
});
