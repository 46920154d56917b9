import { ServerInterceptingCall, type ServerInterceptingCallInterface, status } from "@grpc/grpc-js";
import type { IsOperator } from "../operators.ts";
import { baseCallOf } from "./base-call.ts";
import { isReflection } from "./reflection.ts";

/** Whether a method does not exist for a caller. */
export type IsHidden = (path: string, call: ServerInterceptingCallInterface) => boolean;

/** Reflection exists for operators alone. */
export function hidingReflection(isOperator: IsOperator): IsHidden {
  return (path, call) => {
    if (!isReflection(path)) return false;
    const { metadata } = baseCallOf(call);
    const { remoteAddress: address } = call.getConnectionInfo();
    return !isOperator({ address, host: call.getHost(), header: (name) => metadata.get(name)[0] });
  };
}

/** Answers a call, whatever it says, in the very words that grpc-js has for a method that it does not know. */
export function answerAsUnknown(path: string, call: ServerInterceptingCallInterface): ServerInterceptingCall {
  call.sendStatus = () => {}; // grpc-js would have more to say of its deadline
  const answer = {
    ":status": 200,
    "content-type": "application/grpc+proto",
    "grpc-status": status.UNIMPLEMENTED,
    "grpc-message": `The server does not implement the method ${path}`,
  };
  const { stream } = baseCallOf(call);
  stream.respond(answer, { endStream: true });
  // As Node does with calls that nobody looked at: else a client that never ends this one would keep it.
  stream.once("finish", () => setImmediate(() => stream.close()));
  return new ServerInterceptingCall(call, { start: () => {} });
}
