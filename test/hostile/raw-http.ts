import { connect } from "node:net";
import { answerOf } from "./send-call.ts";

/** How long a case waits for the server to answer or to close. */
const PATIENCE_MS = 10_000;

/**
 * Sends bytes to a port of 127.0.0.1 and gives what is answered first: by HTTP its status or code, else `closed`.
 * @param parts are sent one after the other, `everyMs` apart; the caller's half stays open.
 */
export function exchange(port: number, parts: Iterable<string | Buffer>, everyMs = 0): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const heard: Buffer[] = [];
    const finish = (otherwise: string): void => {
      clearTimeout(impatience);
      clearTimeout(next);
      socket.destroy();
      resolve(answerIn(Buffer.concat(heard)) ?? otherwise);
    };
    const impatience = setTimeout(finish, PATIENCE_MS, "still open");
    let next: NodeJS.Timeout | undefined;
    const rest = parts[Symbol.iterator]();
    const sendNext = (): void => {
      const { value, done } = rest.next();
      if (done || socket.destroyed) return;
      socket.write(typeof value === "string" ? Buffer.from(value, "latin1") : value);
      next = setTimeout(sendNext, everyMs);
    };
    socket.on("connect", sendNext);
    socket.on("data", (chunk) => {
      heard.push(chunk);
      if (isWhole(Buffer.concat(heard))) finish("closed");
    });
    for (const event of ["end", "error", "close"]) socket.on(event, () => finish("closed"));
  });
}

/** Sends text to a port of 127.0.0.1 until the server closes the connection. @returns the status of its last answer. */
export function lastAnswer(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let heard = "";
    const finish = (otherwise?: string): void => {
      clearTimeout(impatience);
      socket.destroy();
      const status = [...heard.matchAll(/HTTP\/1\.1 (\d+)/g)].at(-1)?.[1];
      resolve(otherwise ?? (status === undefined ? "closed" : `HTTP ${status}`));
    };
    const impatience = setTimeout(finish, PATIENCE_MS, "still open");
    socket.on("data", (chunk) => {
      heard += chunk.toString("latin1");
    });
    socket.on("error", () => {});
    socket.on("close", () => finish());
    socket.write(text);
  });
}

/** A request of HTTP/1.1 as text. */
export function requestText(line: string, headers: readonly string[] = [], body = ""): string {
  return [line, ...headers, "", body].join("\r\n");
}

function isWhole(bytes: Buffer): boolean {
  const text = bytes.toString("latin1");
  const [head = "", body] = text.split(/\r\n\r\n(.*)/s);
  if (body === undefined) return false;
  if (head.startsWith("HTTP/1.1 204")) return true;
  const [, length] = /\ncontent-length: (\d+)/i.exec(head) ?? [];
  if (length !== undefined) return body.length >= Number(length);
  return /transfer-encoding: chunked/i.test(head) && body.endsWith("0\r\n\r\n");
}

function answerIn(bytes: Buffer): string | undefined {
  const [, status] = /^HTTP\/1\.1 (\d+)/.exec(bytes.toString("latin1")) ?? [];
  return status === undefined ? undefined : answerOf(Number(status), bytes);
}
