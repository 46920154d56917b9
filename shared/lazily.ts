/** Makes something when it is first needed, and once. For what takes time to make and is not needed by every process. */
export function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
