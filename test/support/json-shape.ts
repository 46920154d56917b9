/** One value that is no list or map, or an empty one, and where it stands: `[].policy.serviceName`. */
export interface Leaf {
  readonly path: string;
  readonly type: string;
}

/** What a JSON value consists of; items of lists all have the same path. */
export function leavesOf(value: unknown, path = ""): Leaf[] {
  if (Array.isArray(value))
    return value.length === 0 ? [{ path, type: "list" }] : value.flatMap((item) => leavesOf(item, `${path}[]`));
  if (typeof value !== "object" || value === null) {
    const type = value === null ? "null" : typeof value === "string" ? "text" : typeof value;
    return [{ path, type }];
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return [{ path, type: "map" }];
  return entries.flatMap(([key, item]) =>
    leavesOf(item, path === "" || path.endsWith(".") ? `${path}${key}` : `${path}.${key}`),
  );
}

/** A row of a page's table: a field, or a part that is described once for several verbs. */
export interface Row {
  /** As in a leaf, though `{name}` stands for any key. */
  readonly path: string;
  /** Of what types it may be, as a leaf names them. */
  readonly types: readonly string[];
}

/** Whether a row describes a leaf. An empty list or map is described by any row of what would stand in it. */
export function describes({ path, types }: Row, leaf: Leaf): boolean {
  if (keyed(path).test(leaf.path)) return types.includes(leaf.type);
  return (leaf.type === "list" || leaf.type === "map") && within(path).test(leaf.path);
}

function keyed(path: string): RegExp {
  return new RegExp(`^${source(path)}$`);
}

/** Any beginning of the path. */
function within(path: string): RegExp {
  const parts = path.split(/(?=\[\])|(?=\.)/);
  return new RegExp(`^(${parts.map((_, end) => source(parts.slice(0, end + 1).join(""))).join("|")})$`);
}

function source(path: string): string {
  return path.replace(/[.[\]]/g, "\\$&").replaceAll(/\{\w+\}/g, "[^\\n]+?");
}
