/**
 * The environment of a program that a test starts: no setting of the developer's shell but what a program cannot do without,
 * and what vitest.config.ts says where compiled code is kept.
 */
export function programEnvironment(env: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { PATH = "", HOME = "", NODE_COMPILE_CACHE = "" } = process.env;
  return { PATH, HOME, ...(NODE_COMPILE_CACHE === "" ? {} : { NODE_COMPILE_CACHE }), ...env };
}
