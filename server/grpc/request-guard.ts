import { Code, ConnectError } from "@connectrpc/connect";
import {
  Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  type ServerListener,
} from "@grpc/grpc-js";
import { pathOf, type RoutedMethod } from "../../shared/rpc/routed-methods.ts";
import { baseCallOf } from "./base-call.ts";
import { CallContext } from "./call-context.ts";
import { grpcStatusOf } from "./grpc-status.ts";
import { answerAsUnknown, type IsHidden } from "./hidden-methods.ts";
import { inflateOneByOne, isCompressed } from "./inflate-one-by-one.ts";
import { letGo, notDoneWithin } from "./let-go.ts";
import { blamingCaller } from "./malformed-call.ts";

/** How long the request of a call may take to come in. */
export interface RequestLimits {
  /** Of a call with one message; its answer may take as long again until the caller has taken it. */
  unaryMs: number;
  /** Of a stream that nobody else bounds; what is answered as one ends then, too. */
  streamMs: number;
}

/**
 * Streams that are answered at the same time, over all connections. No agent asks for one: they are reflection, and those
 * who watch health, who need no token.
 */
export const MAX_ANSWERED_STREAMS = 1_000;

/**
 * Stands before every call: lets it in by its headers before grpc-js reads, inflates or keeps anything of its message,
 * and ends it if its request never ends, since grpc-js holds what came of a message until the rest is there. The client
 * streams among `methods` bound themselves. A call that `isHidden` is answered as one of a method that there is not.
 */
export function guardingRequests(
  methods: RoutedMethod[],
  { unaryMs, streamMs }: RequestLimits,
  isHidden: IsHidden,
): ServerInterceptor {
  const routed = new Map(methods.map((method) => [pathOf(method.spec.method), method]));
  let answeredStreams = 0;
  return ({ path, requestStream, responseStream }, call) => {
    const method = routed.get(path);
    if (method === undefined && isHidden(path, call)) return answerAsUnknown(path, call);
    if (isCompressed(call)) inflateOneByOne(call);
    const limitMs = !requestStream ? unaryMs : method === undefined ? streamMs : undefined;
    let isWhole = false;
    const sendStatus = call.sendStatus.bind(call);
    // In its own place: grpc-js ends some calls (deadlines, sizes, encodings) past every interceptor.
    call.sendStatus = (sent) => {
      const blamed = blamingCaller(sent);
      if (isWhole) sendStatus(blamed);
      else sendAndLetGo(call, () => sendStatus(blamed));
    };
    if (responseStream) {
      if (answeredStreams >= MAX_ANSWERED_STREAMS)
        return new ServerInterceptingCall(call, { start: () => end(call, FULL) });
      answeredStreams++;
      baseCallOf(call).stream.once("close", () => answeredStreams--);
    }
    return new ServerInterceptingCall(call, {
      start(next) {
        const isLate = (): void => (isWhole ? letGo(baseCallOf(call).stream) : endOverdue(call, limitMs ?? 0));
        let overdue = limitMs === undefined ? undefined : setTimeout(isLate, limitMs);
        const listener: ServerListener = {
          onReceiveHalfClose(pass) {
            isWhole = true;
            // From here on, it bounds how long the caller takes to take the answer: grpc-js holds it until then.
            if (responseStream) {
              clearTimeout(overdue);
              overdue = setTimeout(endOverdue, streamMs, call, streamMs);
            } else {
              overdue?.refresh();
            }
            pass();
          },
          onCancel() {
            clearTimeout(overdue);
          },
        };
        if (method?.gate !== undefined) letInThrough(method, call, listener);
        next(listener);
      },
    });
  };
}

/** Lets the listener hear of a call once the method's gate has let it in. */
function letInThrough(
  { spec, gate }: RoutedMethod,
  call: ServerInterceptingCallInterface,
  listener: ServerListener,
): void {
  const clear = listener.onCancel;
  let cancelled = false;
  let tellCancelled: (() => void) | undefined;
  listener.onCancel = () => {
    cancelled = true;
    tellCancelled?.();
    clear?.();
  };
  listener.onReceiveMetadata = (metadata: Metadata, pass) => {
    const context = new CallContext(
      {
        metadata,
        get cancelled() {
          return cancelled;
        },
        once: (_event, tell) => {
          tellCancelled = tell;
        },
        getHost: () => call.getHost(),
        getDeadline: () => call.getDeadline(),
        sendMetadata: (header) => call.sendMetadata(header),
      },
      spec.method,
    );
    const refuse = (error: unknown): void => end(call, error);
    try {
      const checking = gate?.(context);
      // At once if it can: polls come by the thousand.
      if (checking === undefined) pass(metadata);
      else checking.then(() => pass(metadata)).catch(refuse);
    } catch (error) {
      refuse(error);
    }
  };
}

const FULL = new ConnectError(
  `${MAX_ANSWERED_STREAMS} streams are being answered, which is all that are; try again later`,
  Code.ResourceExhausted,
);

function endOverdue(call: ServerInterceptingCallInterface, limitMs: number): void {
  end(call, notDoneWithin(limitMs));
}

function end(call: ServerInterceptingCallInterface, error: unknown): void {
  call.sendStatus(grpcStatusOf(error));
}

/**
 * Ends a call whose client may have more to send, asks it to stop (RFC 9113, section 8.1) and forgets what came. grpc-js
 * would keep the stream for as long as the client keeps its half open.
 */
function sendAndLetGo(call: ServerInterceptingCallInterface, send: () => void): void {
  const stream = baseCallOf(call).stream;
  // With trailers always, and closed after them, for which Node takes a turn: closed in the same turn as its only headers,
  // a stream would take an answer that TLS still holds with it.
  if (!stream.headersSent) call.sendMetadata(new Metadata());
  send();
  stream.once("wantTrailers", () => setImmediate(letGo, stream));
}
