import { expect, it } from "vitest";
import { createLateLog } from "../../functions/late-log.ts";
import { createLogger, type Logger } from "../../shared/log.ts";

/** A log whose logger comes when the test says so. */
function world() {
  const written: string[] = [];
  const asked: { come: () => void; fail: (error: Error) => void }[] = [];
  const destination = { write: (line: string) => void written.push(JSON.parse(line).msg) };
  const late = createLateLog(
    "info",
    () =>
      new Promise<Logger>((resolve, reject) => {
        asked.push({ come: () => resolve(createLogger("info", destination)), fail: reject });
      }),
  );
  return { ...late, written: late.written, lines: written, asked };
}

it("makes no logger for lines that the level leaves out", async () => {
  const { log, written, asked } = world();
  log.debug({}, "too fine");
  log.trace("finer");
  await written();
  expect(asked).toEqual([]);
});

it("makes the logger once, and writes what came before it in order", async () => {
  const { log, written, lines, asked } = world();
  log.info({}, "first");
  log.error("second");
  expect(lines).toEqual([]);
  const settled = written();
  asked[0]?.come();
  await settled;
  log.warn({}, "third");
  expect(lines).toEqual(["first", "second", "third"]);
  expect(asked).toHaveLength(1);
});

it("tells whoever waits that the logger cannot be had, and asks for it again with the next line", async () => {
  const { log, written, lines, asked } = world();
  log.info({}, "lost");
  const settled = written();
  asked[0]?.fail(new Error("no such file"));
  await expect(settled).rejects.toThrow("no such file");
  await written();
  log.info({}, "found");
  const again = written();
  asked[1]?.come();
  await again;
  expect(lines).toEqual(["found"]);
});
