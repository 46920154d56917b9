import fc from "fast-check";

/** Keys that mean something to JavaScript itself. */
const KEYS = fc.oneof(
  { weight: 6, arbitrary: fc.string({ maxLength: 8 }) },
  { weight: 1, arbitrary: fc.constantFrom("__proto__", "constructor", "toString", "valueOf", "hasOwnProperty", "") },
);

/** DynamoDB has one zero. */
const NUMBERS = fc.double().map((number) => (number === 0 ? 0 : number));

const LEAVES = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  NUMBERS,
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.uint8Array({ maxLength: 8 }),
  fc.array(fc.string(), { maxLength: 3 }).map((texts) => new Set(texts)),
  fc.array(fc.double({ noNaN: true }), { maxLength: 3 }).map((numbers) => new Set(numbers)),
);

/** A map that holds just these, whatever their names mean to JavaScript. */
function mapOf(entries: readonly [string, unknown][]): Record<string, unknown> {
  return Object.fromEntries(entries); // defines them, where an assignment would call setters
}

/** Whatever the SDK may make of an attribute of DynamoDB, which anybody may have edited by hand. */
export const anyValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: "value" },
    LEAVES,
    fc.array(tie("value"), { maxLength: 4, depthIdentifier: "value" }),
    fc.array(fc.tuple(KEYS, tie("value")), { maxLength: 4, depthIdentifier: "value" }).map(mapOf),
  ),
})).value;

/**
 * An item in which some of these attributes hold what they should, and others anything.
 * @param sound what each attribute should hold.
 */
export function anyItem(sound: Readonly<Record<string, unknown>>): fc.Arbitrary<Record<string, unknown>> {
  const attributes = Object.entries(sound).map(([name, value]) =>
    fc
      .oneof({ weight: 2, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: anyValue }, fc.constant(undefined))
      .map((held): [string, unknown] => [name, held]),
  );
  const others = fc.array(fc.tuple(KEYS, anyValue), { maxLength: 2 });
  return fc
    .tuple(others, ...attributes)
    .map(([more, ...named]) => mapOf([...more, ...named.filter(([, held]) => held !== undefined)]));
}

/** A value with anything in the place of some of its parts, at any depth. */
export function anythingLike(sound: unknown): fc.Arbitrary<unknown> {
  if (typeof sound !== "object" || sound === null) return mostly(fc.constant(sound));
  if (Array.isArray(sound)) return mostly(fc.tuple(...sound.map(anythingLike)));
  const entries = Object.entries(sound).map(([key, value]) =>
    anythingLike(value).map((held): [string, unknown] => [key, held]),
  );
  const more = fc.array(fc.tuple(KEYS, anyValue), { maxLength: 1 });
  return mostly(fc.tuple(more, ...entries).map(([others, ...named]) => mapOf([...named, ...others])));
}

function mostly(arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 8, arbitrary }, { weight: 1, arbitrary: anyValue });
}
