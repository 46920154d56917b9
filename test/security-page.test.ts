import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { OPTIONS } from "../infra/options/options.ts";
import { VARIABLES } from "../shared/settings.ts";
import { runProgram } from "./support/server-process.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const page = readFileSync(join(ROOT, "SECURITY.md"), "utf8");
const quoted = [...page.matchAll(/`([^`\n]+)`/g)].map(([, text = ""]) => text);

/** How GitHub names a heading in links. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-");

describe("what SECURITY.md names is there:", () => {
  const links = [...page.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);

  it("it names much", () => {
    expect(links.length).toBeGreaterThan(10);
    expect(quoted.length).toBeGreaterThan(30);
  });

  it.each([...new Set(links)])("the page %s", (link) => {
    const [file = "", anchor] = link.split("#");
    expect(existsSync(join(ROOT, file)), file).toBe(true);
    const headings = [...readFileSync(join(ROOT, file), "utf8").matchAll(/^#+ (.+)$/gm)].map(([, text = ""]) => text);
    if (anchor !== undefined) expect(headings.map(anchorOf)).toContain(anchor);
  });

  it.each([...new Set(quoted.filter((text) => /^[\w./-]+\/[\w./-]*\.\w+$|^[\w-]+\.json$/.test(text)))])(
    "the file %s",
    (file) => expect(existsSync(join(ROOT, file))).toBe(true),
  );

  it.each([...new Set(quoted.filter((text) => text.startsWith("FLASHPOINT_")))])("the setting %s", (setting) =>
    expect(Object.keys(VARIABLES)).toContain(setting),
  );

  it.each([...new Set(quoted.filter((text) => /^[a-z]+[A-Z]\w+$/.test(text)))])("the option %s", (option) => {
    const known = [
      ...Object.keys(OPTIONS),
      ...Object.keys(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"))),
    ];
    expect(known).toContain(option);
  });

  it.each([...new Set(quoted.flatMap((text) => /^npm (?:run (?:-s )?)?([a-z:]+)$/.exec(text)?.[1] ?? []))])(
    "npm's script %s",
    (script) => {
      const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
      expect([...Object.keys(scripts), "ci"]).toContain(script);
    },
  );

  it.each([...new Set(quoted.filter((text) => /^(tokens|collectors|tasks|policies|deliveries) [a-z]+/.test(text)))])(
    "the verb %s",
    async (text) => {
      const [noun = "", verb = "", option] = text.split(" ");
      const { stdout } = await runProgram(["cli/main.ts", noun, verb, "--help"]);
      expect(stdout).toContain(`flashpoint ${noun} ${verb} `);
      if (option !== undefined) expect(stdout).toContain(option);
    },
  );

  it.each([...new Set(quoted.filter((text) => /^--(host|require-token|tls-cert|tls-key|data-dir)$/.test(text)))])(
    "the server's flag %s",
    async (flag) => expect((await runProgram(["server/main.ts", "--help"])).stdout).toContain(flag),
  );
});

it("no line of SECURITY.md names a person, an address of one, or where it was made", () => {
  expect(page).not.toMatch(/@[a-z][\w-]*\.[a-z]{2,}/i);
  expect(dirname(ROOT).length).toBeGreaterThan(1);
  expect(page).not.toContain(ROOT);
});
