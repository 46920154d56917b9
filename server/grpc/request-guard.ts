import type { ServerHttp2Stream } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  type ServerListener,
} from "@grpc/grpc-js";
import { CallContext } from "./call-context.ts";
import { grpcStatusOf } from "./grpc-status.ts";
import { pathOf, type RoutedMethod } from "./routed-methods.ts";

/** How long the request of a call may take to come in. */
export interface RequestLimits {
  /** Of a call with one message. */
  unaryMs: number;
  /** Of a stream that nobody else bounds. */
  streamMs: number;
}

/**
 * Stands before every call: lets it in by its headers before grpc-js reads, inflates or keeps anything of its message,
 * and ends it if its request never ends, since grpc-js holds what came of a message until the rest is there. The client
 * streams among `methods` bound themselves.
 */
export function guardingRequests(methods: RoutedMethod[], { unaryMs, streamMs }: RequestLimits): ServerInterceptor {
  const routed = new Map(methods.map((method) => [pathOf(method.spec.method), method]));
  return ({ path, requestStream }, call) => {
    const method = routed.get(path);
    const limitMs = !requestStream ? unaryMs : method === undefined ? streamMs : undefined;
    let isWhole = false;
    const sendStatus = call.sendStatus.bind(call);
    // In its own place: grpc-js ends some calls (deadlines, sizes, encodings) past every interceptor.
    call.sendStatus = (sent) => {
      if (isWhole) sendStatus(sent);
      else sendAndLetGo(call, () => sendStatus(sent));
    };
    return new ServerInterceptingCall(call, {
      start(next) {
        const overdue = limitMs === undefined ? undefined : setTimeout(endOverdue, limitMs, call, limitMs);
        const listener: ServerListener = {
          onReceiveHalfClose(pass) {
            isWhole = true;
            clearTimeout(overdue);
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

function endOverdue(call: ServerInterceptingCallInterface, limitMs: number): void {
  end(call, new ConnectError(`the request was not whole within ${limitMs} ms`, Code.DeadlineExceeded));
}

function end(call: ServerInterceptingCallInterface, error: unknown): void {
  call.sendStatus(grpcStatusOf(error));
}

/**
 * Ends a call whose client may have more to send, asks it to stop (RFC 9113, section 8.1) and forgets what came. grpc-js
 * would keep the stream for as long as the client keeps its half open.
 */
function sendAndLetGo(call: ServerInterceptingCallInterface, send: () => void): void {
  // grpc-js has no public name for it.
  const { stream } = call as unknown as { stream: ServerHttp2Stream };
  const letGo = (): void => {
    if (!stream.closed) stream.close();
  };
  // With trailers always, and closed after them, for which Node takes a turn: closed in the same turn as its only headers,
  // a stream would take an answer that TLS still holds with it.
  if (!stream.headersSent) call.sendMetadata(new Metadata());
  send();
  stream.once("wantTrailers", () => setImmediate(letGo));
}
