import { connect } from "node:net";

export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const TYPES = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8, continuation: 9 };
export const END_STREAM = 1;
export const END_HEADERS = 4;
/** How long a case waits for the server to cut a call or the connection. */
const PATIENCE_MS = 10_000;

/** A frame of HTTP/2 (RFC 9113, section 4.1). */
export function frame(
  type: keyof typeof TYPES,
  stream: number,
  flags: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(TYPES[type], 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export const SETTINGS = frame("settings", 0, 0);

/** A header that is not to be remembered (RFC 7541, section 6.2.2); texts of up to 126 bytes. */
export function header(name: string, value: string): Buffer {
  const text = (of: string): Buffer => Buffer.concat([Buffer.from([of.length]), Buffer.from(of, "latin1")]);
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

/** Headers of a poll. */
export const POLL_HEADERS = Buffer.concat([
  header(":method", "POST"),
  header(":scheme", "http"),
  header(":authority", "127.0.0.1"),
  header(":path", "/skywalking.v3.ContinuousProfilingService/queryPolicies"),
  header("content-type", "application/grpc"),
  header("te", "trailers"),
]);

/**
 * Sends frames behind a preface and waits for what is cut.
 * @param reads whether it takes what the server says.
 * @returns `ok` once a call is answered with a message, `closed` for the connection, `reset` for a call, if that came first and is asked for.
 */
export function sendFrames(
  port: number,
  frames: Iterable<Buffer>,
  { reads = true, countsResets = false, preface = Buffer.concat([PREFACE, SETTINGS]) } = {},
): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let heard = Buffer.alloc(0);
    const finish = (answer: string): void => {
      clearTimeout(impatience);
      socket.destroy();
      resolve(answer);
    };
    const impatience = setTimeout(finish, PATIENCE_MS, "still open");
    for (const event of ["end", "error", "close"]) socket.on(event, () => finish("closed"));
    if (reads) {
      socket.on("data", (chunk) => {
        heard = Buffer.concat([heard, chunk]);
        for (
          ;
          heard.length >= 9 && heard.length >= 9 + heard.readUIntBE(0, 3);
          heard = heard.subarray(9 + heard.readUIntBE(0, 3))
        ) {
          if (countsResets && heard[3] === TYPES.reset) finish("reset");
          if (heard[3] === TYPES.data) finish("ok");
        }
      });
    }
    const rest = frames[Symbol.iterator]();
    const sendOn = (): void => {
      for (;;) {
        const { value, done } = rest.next();
        if (done || socket.destroyed) return;
        if (!socket.write(value)) {
          socket.once("drain", sendOn);
          return;
        }
      }
    };
    socket.once("connect", () => {
      socket.write(preface);
      sendOn();
    });
  });
}

/** The same frame again and again. */
export function* repeated(count: number, frameOf: (index: number) => Buffer): Iterable<Buffer> {
  for (let index = 0; index < count; index++) yield frameOf(index);
}
