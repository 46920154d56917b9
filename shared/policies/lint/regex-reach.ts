/**
 * What a compiled regular expression does to all paths at once: its program is run over sets of instructions (Thompson's
 * construction), as RE2's own DFA does, but over every path instead of one.
 */

/** The program that re2js compiles a regular expression to, as Go's regexp/syntax has it. */
export interface Program {
  readonly inst: readonly Instruction[];
  readonly start: number;
}

interface Instruction {
  readonly op: number;
  readonly out: number;
  /** The other way of an alternative; the conditions of an empty match. */
  readonly arg: number;
  /** One rune, or pairs of first and last. */
  readonly runes: ArrayLike<number>;
  matchRune(rune: number): boolean;
}

const OP = {
  alt: 1,
  altMatch: 2,
  capture: 3,
  emptyWidth: 4,
  match: 6,
  nop: 7,
  rune: 8,
  rune1: 9,
  any: 10,
  anyNotNl: 11,
};
const EMPTY = { beginLine: 1, endLine: 2, beginText: 4, endText: 8, wordBoundary: 16, noWordBoundary: 32 };

/** The rune that stands for the end of a path. */
const END = -1;
const SLASH = 0x2f;
/** A request names its path in printable ASCII (RFC 3986), up to ? or a space; # never leaves the browser. */
const LAST_ASCII = 0x7e;
const LAST_RUNE = 0x10ffff;
const NEVER = [0x23, 0x3f];
/** Where the ranges begin that \b and the end of ASCII tell apart. */
const BORDERS = [0x21, 0x23, 0x24, 0x2f, 0x30, 0x3a, 0x3f, 0x40, 0x41, 0x5b, 0x5f, 0x60, 0x61, 0x7b, 0x7f];

/**
 * Whether the expression is found in all paths, in none, or in some; "some" too where more than `maxSteps` are needed to tell.
 * None means none of any text that begins with /, all means all that a request can name.
 */
export function pathsMatched(program: Program, maxSteps: number): { matched: "all" | "none" | "some"; steps: number } {
  const runes = runesOf(program);
  let steps = 0;
  let some = false;
  let missed = false;
  let open = true;
  const seen = new Set<string>();
  let states: State[] = [];

  /** What is reached before `next` without reading; undefined if the expression has matched by then. */
  function reached({ set, before }: State, next: number): number[] | undefined {
    const flags = flagsBetween(before, next);
    const found = new Set<number>();
    const todo = [...set, program.start];
    while (todo.length > 0) {
      const at = todo.pop() as number;
      if (found.has(at)) continue;
      found.add(at);
      steps++;
      const { op, out, arg } = program.inst[at] as Instruction;
      if (op === OP.match) return undefined;
      if (op === OP.alt || op === OP.altMatch) todo.push(arg, out);
      else if (op === OP.capture || op === OP.nop) todo.push(out);
      else if (op === OP.emptyWidth && (arg & ~flags) === 0) todo.push(out);
    }
    return [...found];
  }

  function read(from: readonly number[], rune: number): State {
    const set: number[] = [];
    for (const at of from) {
      steps++;
      const instruction = program.inst[at] as Instruction;
      const { op } = instruction;
      const reads =
        op === OP.any || op === OP.anyNotNl || ((op === OP.rune || op === OP.rune1) && instruction.matchRune(rune));
      if (reads) set.push(instruction.out);
    }
    return { set: [...new Set(set)].sort((a, b) => a - b), before: rune, ascii: rune <= LAST_ASCII };
  }

  function go(state: State, rune: number, next: State[]): void {
    const from = reached(state, rune);
    if (from === undefined) {
      some = true;
      return;
    }
    if (rune === END) {
      if (state.ascii) missed = true;
      return;
    }
    const to = read(from, rune);
    const ascii = to.ascii && state.ascii;
    const key = `${isWord(rune)} ${ascii} ${to.set.join()}`;
    if (seen.has(key)) return;
    seen.add(key);
    next.push({ ...to, ascii });
  }

  go({ set: [], before: END, ascii: true }, SLASH, states);
  while (states.length > 0 && open) {
    const next: State[] = [];
    for (const state of states) {
      go(state, END, next);
      for (const rune of runes) {
        go(state, rune, next);
        if (steps > maxSteps || (some && missed)) open = false;
        if (!open) break;
      }
      if (!open) break;
    }
    states = next;
  }
  if (!open || some === missed) return { matched: "some", steps };
  return { matched: some ? "all" : "none", steps };
}

/** Instructions that wait for the next rune, and the rune read last. */
interface State {
  readonly set: readonly number[];
  readonly before: number;
  /** Nothing was read so far but what a request can name. */
  readonly ascii: boolean;
}

/** One rune of each range that the program treats alike; those that no path has are left out. */
function runesOf({ inst }: Program): number[] {
  const borders = new Set(BORDERS);
  for (const { op, runes } of inst) {
    if (op !== OP.rune && op !== OP.rune1) continue;
    for (let index = 0; index < runes.length; index += 2) {
      const first = runes[index] ?? 0;
      const last = runes[index + 1] ?? first;
      const text = runes.length > 1 ? [] : foldings(first);
      for (const border of [first, last + 1, ...text.flatMap((rune) => [rune, rune + 1])]) borders.add(border);
    }
  }
  return [...borders].filter((rune) => rune > 0x20 && rune <= LAST_RUNE && !NEVER.includes(rune)).sort((a, b) => a - b);
}

/** The runes that are the same but for case. K and s have a third form each: the Kelvin sign, and the long s. */
function foldings(rune: number): number[] {
  const text = String.fromCodePoint(rune);
  const others = { k: [0x212a], s: [0x17f] }[text.toLowerCase()] ?? [];
  return [text.toLowerCase(), text.toUpperCase()].map((other) => other.codePointAt(0) ?? rune).concat(others);
}

function flagsBetween(before: number, next: number): number {
  const begin = before === END ? EMPTY.beginLine | EMPTY.beginText : 0;
  const end = next === END ? EMPTY.endLine | EMPTY.endText : 0;
  return begin | end | (isWord(before) === isWord(next) ? EMPTY.noWordBoundary : EMPTY.wordBoundary);
}

function isWord(rune: number): boolean {
  return rune !== END && rune <= LAST_ASCII && /\w/.test(String.fromCodePoint(rune));
}
