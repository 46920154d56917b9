import { describe, expect, it } from "vitest";
import { parseArguments, usage } from "../../server/arguments.ts";
import { loadConfig } from "../../shared/config.ts";

const configOf = (argv: string[], env = {}) => loadConfig(env, parseArguments(argv).settings);

describe("--require-token", () => {
  it("takes no value and means true", () => {
    expect(configOf(["local", "--require-token"]).requireToken).toBe(true);
    expect(configOf(["--require-token", "local", "--host", "0.0.0.0"])).toMatchObject({
      requireToken: true,
      host: "0.0.0.0",
    });
  });

  it("leaves it to the environment if it is not given", () => {
    expect(configOf(["local"]).requireToken).toBe(false);
    expect(configOf(["local"], { FLASHPOINT_REQUIRE_TOKEN: "true" }).requireToken).toBe(true);
  });

  it("refuses a value, with a pointer to --help", () => {
    expect(() => parseArguments(["--require-token=false"])).toThrow(/--require-token.*--help/s);
  });

  it("stands in the usage", () => {
    expect(usage()).toMatch(/^ {2}--require-token {3}Whether agents/m);
  });
});
