import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from "node:http";
import https from "node:https";
import { urlToHttpOptions } from "node:url";
import { beginningOf } from "./answer-beginning.ts";
import type { Egress } from "./egress.ts";

/** Largest header block of an answer that is read; as Node's default, whatever its options say. */
const MAX_HEADER_BYTES = 16_384;

export interface PostOptions {
  headers: Readonly<Record<string, string>>;
  body: string | Uint8Array;
  egress: Pick<Egress, "agent">;
  /** How long it may take from resolving the name to the end of the evidence. */
  timeoutMs: number;
  /** How much of the answer's body `evidence` gives at most. */
  maxAnswerBytes: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /**
   * The beginning of the body as text, as far as it comes within what is left of the time. Never fails. Ask for it at
   * once or not at all: a body that nobody asks for is given up soon.
   */
  evidence(): Promise<string>;
}

/**
 * One POST over HTTP/1.1, answered as soon as the headers are there. Redirects are not followed. A request that a kept
 * connection was closed under before a byte of an answer is sent again at once, over a new one.
 * @throws BlockedAddress, or what connectionErrorText puts into words.
 */
export async function post(url: string, options: PostOptions): Promise<Answer> {
  const deadline = performance.now() + options.timeoutMs;
  const agent = options.egress.agent(url);
  const first = await request(url, options, { agent }, deadline);
  if (first !== "stale") return first;
  // Without an agent there is no pool to take from; its way to connect stays the only one.
  const createConnection = agent.createConnection.bind(agent) as NonNullable<RequestOptions["createConnection"]>;
  const second = await request(url, options, { createConnection }, deadline);
  if (second === "stale") throw new Error("the connection was closed before an answer");
  return second;
}

function request(
  url: string,
  { headers, body, timeoutMs, maxAnswerBytes }: PostOptions,
  connection: Pick<RequestOptions, "agent" | "createConnection">,
  deadline: number,
): Promise<Answer | "stale"> {
  const target = new URL(url);
  const [send, defaultPort] = target.protocol === "https:" ? [https.request, 443] : [http.request, 80];
  return new Promise((resolve, reject) => {
    const sent = send({
      ...urlToHttpOptions(target),
      ...connection,
      defaultPort, // otherwise an agent's
      method: "POST",
      headers,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
    const timer = setTimeout(
      () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)),
      deadline - performance.now(),
    );
    const wasUntouched = watchForBytes(sent);
    sent.once("response", (response) => {
      clearTimeout(timer);
      const evidence = beginningOf(response, maxAnswerBytes, deadline);
      resolve({ status: response.statusCode ?? 0, headers: headersOf(response), evidence });
    });
    sent.on("error", (error: NodeJS.ErrnoException) => {
      const isClosed = error.code === "ECONNRESET" || error.code === "EPIPE";
      if (isClosed && sent.reusedSocket && wasUntouched()) resolve("stale");
      else reject(error);
    });
    sent.once("close", () => {
      clearTimeout(timer);
      reject(new Error("the connection was closed before an answer")); // changes nothing after a response or an error
    });
    sent.end(body);
  });
}

/** @returns whether nothing was received for this request. */
function watchForBytes(sent: ClientRequest): () => boolean {
  let received = (): number => 0;
  sent.once("socket", (socket) => {
    const before = socket.bytesRead;
    received = () => socket.bytesRead - before;
  });
  return () => received() === 0;
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index] ?? "", rawHeaders[index + 1] ?? "");
  }
  return headers;
}
