import { PassThrough } from "node:stream";
import { WriteStream } from "node:tty";
import { afterEach, describe, expect, it, vi } from "vitest";
import { coloured, plain, styled } from "../../../cli/terminal/style.ts";

/** What a stream would get to see, in this environment alone. */
function seenOn(isTTY: boolean, env: Record<string, string>, text: string): string {
  vi.unstubAllEnvs();
  for (const name of ["NO_COLOR", "FORCE_COLOR", "NODE_DISABLE_COLORS", "CI"]) vi.stubEnv(name, undefined);
  vi.stubEnv("TERM", "xterm-256color");
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const { getColorDepth } = WriteStream.prototype;
  return coloured(text, Object.assign(new PassThrough(), { isTTY, getColorDepth }) as unknown as WriteStream);
}
afterEach(() => void vi.unstubAllEnvs());

const TEXT = `door ${styled("good", "up")}, engines ${styled("bad", "away")}`;

describe("styled text", () => {
  it("is coloured on a terminal", () => {
    expect(seenOn(true, {}, TEXT)).toBe("door \u001b[32mup\u001b[39m, engines \u001b[31maway\u001b[39m");
  });

  it.each([
    ["in a pipe", false, {}],
    ["with NO_COLOR", true, { NO_COLOR: "1" }],
    ["on a terminal that knows no colours", true, { TERM: "dumb" }],
  ])("is plain %s", (_where, isTTY, env) => {
    expect(seenOn(isTTY, env, TEXT)).toBe("door up, engines away");
  });

  it("is measured without its marks", () => {
    expect(plain(TEXT)).toBe("door up, engines away");
  });

  it("cannot be made by a name from outside", () => {
    const name = "\uFDD0good:shop\uFDD1";
    expect(seenOn(true, {}, name)).toBe(name);
  });
});
