import { create, type DescMessage, type Message, type MessageInitShape } from "@bufbuild/protobuf";
import type { ContextValues, HandlerContext } from "@connectrpc/connect";
import { createMethodSerializationLookup } from "@connectrpc/connect/protocol";
import { acceptedCompression } from "./compressions.ts";
import { COMPRESS_MIN_BYTES } from "./connect-options.ts";
import { type Finding, noteFinding } from "./findings.ts";
import { MAX_REQUEST_BYTES } from "./limits.ts";
import { jsonReaderOf, readerOf } from "./message-readers.ts";
import { type MessageWriter, writingOnce } from "./message-writers.ts";
import { PlainContext } from "./plain-context.ts";
import { PLAIN_FORMS, type PlainForm } from "./plain-forms.ts";
import { pathOf, type RoutedMethod } from "./routed-methods.ts";
import type { IncomingCall, WholeCall } from "./whole-call.ts";

/** An answer with status 200. */
export interface PlainAnswer {
  readonly header: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What became of a call: its answer; or it is left to Connect, along with what is known of it by now. */
export type PlainOutcome =
  | { readonly answer: PlainAnswer; readonly values?: undefined }
  | { readonly answer: undefined; readonly values: ContextValues | undefined };

/** A call that may turn out to be a plain one. */
export interface PlainCall {
  /** Lets it in by its headers. @returns undefined if it does, else what to leave it to Connect with. Never throws. */
  letIn(): PlainOutcome | undefined | Promise<PlainOutcome | undefined>;
  /** Answers one that was let in. Never throws. */
  answer(body: Uint8Array): PlainOutcome | Promise<PlainOutcome>;
}

export interface PlainCalls {
  /** @returns undefined if the call is left to Connect from the beginning. */
  enter(call: IncomingCall): PlainCall | undefined;
}

export type AnswerPlainly = (call: WholeCall) => PlainOutcome | Promise<PlainOutcome>;

/** Headers that ask for more than a message for a message. */
const DEMANDS = ["content-encoding", "grpc-encoding", "connect-timeout-ms", "grpc-timeout"];
/** Of a call that is left to Connect from the beginning. */
export const NOT_MINE: PlainOutcome = { answer: undefined, values: undefined };

/**
 * Answers unary calls that are whole, neither compressed nor with a deadline, and go well, which nearly all calls are.
 * Connect's own handlers, which can do everything, take a dozen streams, signals and promises for each: several times as
 * long as the answer itself. All that is not plain is left to them: refusals, malformed messages and long answers too, and
 * `resuming` lets them go on with what is known. So whatever a caller hears is the same on both roads.
 */
export function createPlainCalls(methods: readonly RoutedMethod[]): PlainCalls {
  const entrances = new Map(
    methods
      .filter(({ spec }) => spec.kind === "unary")
      .map((method): [string, ReturnType<typeof plainMethod>] => [pathOf(method.spec.method), plainMethod(method)]),
  );
  return {
    enter(call) {
      const entrance = entrances.get(call.path);
      const form = PLAIN_FORMS.get(call.header.get("content-type") ?? "");
      if (entrance === undefined || form === undefined) return undefined;
      for (const name of DEMANDS) if (call.header.get(name) !== null) return undefined;
      return entrance(call, form);
    },
  };
}

/** The same for a host that has whole calls only. */
export function answeringPlainly({ enter }: PlainCalls): AnswerPlainly {
  return (whole) => {
    const { header, body } = whole;
    const announced = header.get("content-length");
    if (announced !== null && announced !== String(body.byteLength)) return NOT_MINE;
    const call = enter({ ...whole, requestHeader: header });
    if (call === undefined) return NOT_MINE;
    const refused = call.letIn();
    if (refused instanceof Promise) return refused.then((refused) => refused ?? call.answer(body));
    return refused ?? call.answer(body);
  };
}

function plainMethod({ spec, gate }: RoutedMethod): (call: IncomingCall, form: PlainForm) => PlainCall {
  const { method } = spec;
  const limits = { readMaxBytes: MAX_REQUEST_BYTES, writeMaxBytes: 0xffffffff };
  const serialization = createMethodSerializationLookup(method, undefined, undefined, limits);
  const readBinary = readerOf(method);
  const readJson = jsonReaderOf(method, (bytes) => serialization.getI(false).parse(bytes) as Message);
  const writerOf = (isBinary: boolean): MessageWriter =>
    writingOnce((answer) =>
      serialization.getO(isBinary).serialize(create(method.output, answer as MessageInitShape<DescMessage>)),
    );
  const writeBinary = writerOf(true);
  const writeJson = writerOf(false);
  const invoke = spec.impl as (request: unknown, context: HandlerContext) => object | Promise<object>;

  function serve(call: IncomingCall, form: PlainForm, body: Uint8Array, context: PlainContext) {
    const bytes = body.byteLength > MAX_REQUEST_BYTES ? undefined : form.messageIn(body);
    if (bytes === undefined) return leave(context, { kind: "let in" });
    let request: unknown;
    try {
      request = form.isBinary ? readBinary(bytes) : readJson(bytes);
    } catch {
      return leave(context, { kind: "let in" }); // Connect finds the fault too, and words for it
    }
    const answer = invoke(request, context);
    return answer instanceof Promise
      ? answer.then((answer) => finish(call, form, answer, context))
      : finish(call, form, answer, context);
  }

  function finish(call: IncomingCall, form: PlainForm, answer: object, context: PlainContext): PlainOutcome {
    const bytes = form.isBinary ? writeBinary(answer) : writeJson(answer);
    const isLong = bytes.byteLength >= COMPRESS_MIN_BYTES;
    const compression = isLong || form.saysEncoding ? acceptedCompression(call.header.get(form.acceptHeader)) : null;
    if (context.hasOwnHeaders || (isLong && compression !== null)) {
      const { responseHeader: header, responseTrailer: trailer } = context;
      return leave(context, { kind: "answered", message: answer, header, trailer });
    }
    const header: Record<string, string> = { "content-type": form.answerType };
    if (!form.saysEncoding) header["content-length"] = String(bytes.byteLength);
    else if (compression !== null) header[form.encodingHeader] = compression.name;
    return { answer: { header, body: form.bodyOf(bytes) } };
  }

  return (call, form) => {
    const context = new PlainContext(call, method, form.protocolName);
    const refused = (error: unknown): PlainOutcome => leave(context, { kind: "refused", error });
    // No detour over a promise where none is needed: polls come by the thousand.
    return {
      letIn() {
        try {
          const letIn = gate?.(context);
          return letIn instanceof Promise ? letIn.then(() => undefined, refused) : undefined;
        } catch (error) {
          return refused(error);
        }
      },
      answer(body) {
        try {
          const outcome = serve(call, form, body, context);
          return outcome instanceof Promise ? outcome.catch(refused) : outcome;
        } catch (error) {
          return refused(error);
        }
      },
    };
  };
}

function leave(context: PlainContext, finding: Finding): PlainOutcome {
  return { answer: undefined, values: noteFinding(context.values, finding) };
}
