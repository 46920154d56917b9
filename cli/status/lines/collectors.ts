import type { Line } from "../line.ts";

interface CollectorFacts {
  count: number;
  off: string[];
  invalid: string[];
  paused: string[];
  failing: { name: string; since: string }[];
}

export const collectors: Line<CollectorFacts> = {
  name: "collectors",
  async gather({ collectorStore }) {
    const stored = await collectorStore.list();
    const names = (of: typeof stored): string[] => of.map(({ name }) => name);
    const on = stored.filter(({ item }) => item.enabled !== false);
    return {
      count: stored.length,
      off: names(stored.filter(({ item }) => item.enabled === false)),
      invalid: names(stored.filter(({ ok }) => !ok)),
      paused: names(stored.filter(({ health }) => health.paused !== undefined)),
      failing: on.flatMap(({ name, health: { paused, failingSince } }) =>
        failingSince === undefined || paused !== undefined ? [] : [{ name, since: failingSince }],
      ),
    };
  },
  show({ count, off, invalid, paused, failing }, { commandLine }) {
    if (count === 0)
      return { state: "warning", text: "none: tasks go nowhere", advice: commandLine("collectors set NAME --url URL") };
    const parts = [
      String(count),
      ...named("off", off),
      ...named("invalid", invalid),
      ...named("paused", paused),
      ...named(
        "failing",
        failing.map(({ name }) => name),
      ),
    ];
    const text = parts.join(", ");
    const [[isPaused], [isFailing], [isInvalid]] = [paused, failing, invalid];
    if (isPaused !== undefined) return { state: "warning", text, advice: commandLine("collectors resume", isPaused) };
    if (isFailing !== undefined)
      return { state: "warning", text, advice: commandLine("collectors test", isFailing.name) };
    if (isInvalid !== undefined) return { state: "warning", text, advice: commandLine("collectors list") };
    return { state: "good", text };
  },
};

/** For instance `2 paused (hook, flames)`. */
function named(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > 2 ? ", …" : "";
  return [`${names.length} ${what} (${names.slice(0, 2).join(", ")}${more})`];
}
