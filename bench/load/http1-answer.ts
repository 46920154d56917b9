/** An answer over HTTP/1.1, one character a byte. */
export interface Http1Answer {
  readonly status: number;
  readonly body: string;
}

const HEAD_END = "\r\n\r\n";
const STATUS = /^HTTP\/1\.1 (\d{3}) /;
const LENGTH = /\r\ncontent-length: *(\d+)\r\n/i;
const CHUNKED = /\r\ntransfer-encoding: *chunked\r\n/i;

/**
 * Reads the one answer that came of a call, as far as the answers that are measured go: its length is known or it is in
 * chunks without trailers (RFC 9112, section 6 and 7.1).
 * @returns undefined while it is not whole.
 * @throws if it is none, or more than one.
 */
export function readAnswer(received: string): Http1Answer | undefined {
  const headEnd = received.indexOf(HEAD_END);
  if (headEnd === -1) return undefined;
  const head = received.slice(0, headEnd + 2);
  const start = headEnd + HEAD_END.length;
  const [, status] = STATUS.exec(head) ?? [];
  if (status === undefined) throw new Error(`no answer of HTTP/1.1: ${head.slice(0, 200)}`);
  const [, length] = LENGTH.exec(head) ?? [];
  if (length !== undefined) {
    const end = start + Number(length);
    return received.length < end ? undefined : wholeAnswer(Number(status), received.slice(start, end), received, end);
  }
  if (!CHUNKED.test(head)) throw new Error(`an answer of no known length: ${head.slice(0, 500)}`);
  let body = "";
  for (let at = start; ; ) {
    const lineEnd = received.indexOf("\r\n", at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(received.slice(at, lineEnd), 16);
    const chunkEnd = lineEnd + 2 + size;
    if (received.length < chunkEnd + 2) return undefined;
    if (size === 0) return wholeAnswer(Number(status), body, received, chunkEnd + 2);
    body += received.slice(lineEnd + 2, chunkEnd);
    at = chunkEnd + 2;
  }
}

function wholeAnswer(status: number, body: string, received: string, end: number): Http1Answer {
  if (received.length > end) throw new Error(`more than one answer: ${received.slice(end, end + 200)}`);
  return { status, body };
}
