/** An attribute's value as it is on the wire, or what stands within it. */
type Value = unknown;

/** A condition as dynalite parses it: operators, paths as lists, and values as they are on the wire. */
type Expression = { readonly type: string; readonly args: readonly Expression[] } | readonly unknown[] | Value;

interface Write {
  readonly _condition?: { readonly expression: Expression };
}

/** Judges whether an item meets the condition of a write; an error says that it does not. */
export type CheckCondition = (write: Write, item: Value) => Error | null | undefined;

/**
 * Has conditions compare maps and lists by what is in them, as DynamoDB does ("Comparison operator and function reference"
 * in its Developer Guide: two attributes are equal if their types and values are). dynalite compares them by identity, under
 * which none equals another: here each that is the same as one seen before becomes that one.
 */
export function comparingByValue(check: CheckCondition): CheckCondition {
  return (write, item) => {
    if (write._condition === undefined) return check(write, item);
    const one = createInterning();
    const expression = withValues(write._condition.expression, one);
    return check({ ...write, _condition: { ...write._condition, expression } }, one(item).value);
  };
}

function withValues(expression: Expression, one: Interning): Expression {
  if (Array.isArray(expression)) return expression; // a path
  const { type, args } = expression as { type?: unknown; args?: unknown };
  if (typeof type === "string" && Array.isArray(args)) {
    return { ...(expression as object), args: args.map((arg) => withValues(arg, one)) };
  }
  return one(expression).value;
}

type Interning = (value: Value, isList?: boolean) => { value: Value; text: string };

/** Gives every value its one representative, with a text that is the same for the same values. */
function createInterning(): Interning {
  const known = new Map<string, Value>();
  const kept = (text: string, make: () => Value): { value: Value; text: string } => {
    if (!known.has(text)) known.set(text, make());
    return { value: known.get(text), text };
  };
  const one: Interning = (value, isList = false) => {
    if (typeof value !== "object" || value === null) return { value, text: JSON.stringify(value) ?? "" };
    if (Array.isArray(value)) {
      const items = value.map((item) => one(item));
      const text = `${isList ? "L" : ""}[${items.map((item) => item.text).join()}]`;
      const values = items.map((item) => item.value);
      return kept(text, () => (isList ? likeArray(values) : values));
    }
    const entries = Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, one(inner, key === "L")] as const);
    const text = `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${inner.text}`).join()}}`;
    return kept(text, () => Object.fromEntries(entries.map(([key, inner]) => [key, inner.value])));
  };
  return one;
}

/** Of arrays dynalite passes over the order, which is right for sets alone: a list merely acts as one. */
function likeArray(values: readonly Value[]): object {
  return Object.setPrototypeOf({ ...values, length: values.length }, Array.prototype);
}
