import { ContinuousProfilingService } from "../../../shared/gen/ebpf/profiling/Continuous_pb.js";
import type { HostileCase, HostileGroup } from "../hostile-case.ts";
import { sendCall } from "../send-call.ts";

const { reportProfilingTask } = ContinuousProfilingService.method;

function json(name: string, answer: string, text: string | Buffer, method = {}): HostileCase {
  return {
    name,
    answers: { "Connect JSON": answer },
    send: (host, doors) => sendCall(host, doors, { ...method, body: Buffer.from(text) }),
  };
}

const reportWith = (fields: string): string =>
  `{"layer":"OS_LINUX","serviceName":"checkout","instanceName":"pod","processName":"java","duration":600,"onCPU":{},${fields}}`;
const asReport = { method: reportProfilingTask };

export const jsonGroup: HostileGroup = {
  title: "JSON that is none",
  cases: [
    json("100,000 brackets", "invalid_argument", "[".repeat(100_000)),
    json("100,000 brackets that are closed", "invalid_argument", "[".repeat(100_000) + "]".repeat(100_000)),
    json(
      "100,000 objects within each other, where nothing is known",
      "ok",
      `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`,
    ),
    json(
      "the same field twice",
      "invalid_argument",
      '{"policies":[{"serviceName":"a"}],"policies":[{"serviceName":"b"}]}',
    ),
    json(
      "__proto__ and constructor",
      "ok",
      '{"__proto__":{"policies":7},"constructor":{"prototype":{"a":1}},"policies":[]}',
    ),
    json("__proto__ of a message", "ok", '{"policies":[{"__proto__":{"serviceName":"a"}}]}'),
    json("a number beyond all numbers", "invalid_argument", reportWith('"duration":1e999'), asReport),
    json("a number of 100,000 digits", "invalid_argument", reportWith(`"duration":${"9".repeat(100_000)}`), asReport),
    json("NaN", "invalid_argument", reportWith('"duration":NaN'), asReport),
    json("half a number", "invalid_argument", reportWith('"duration":1.5'), asReport),
    json("a text in place of a list", "invalid_argument", '{"policies":"checkout"}'),
    json("null in a list", "invalid_argument", '{"policies":[null]}'),
    json(
      "a name of a monitor type that there is not",
      "invalid_argument",
      reportWith('"causes":[{"type":"Mood"}]'),
      asReport,
    ),
    json("half of a surrogate pair", "invalid_argument", '{"policies":[{"serviceName":"\\ud800"}]}'),
    json("text that is no UTF-8", "ok", Buffer.from('{"policies":[{"serviceName":"\xff\xfe"}]}', "latin1")), // a name that nobody has
    json("a mark of byte order, then nothing", "invalid_argument", Buffer.from("efbbbf", "hex")),
    json("JSON and then some", "invalid_argument", '{"policies":[]}{"policies":[]}'),
    json("null", "invalid_argument", "null"),
  ],
};
