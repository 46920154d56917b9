/** Makes bytes of what an implementation answers: a message, or its fields. */
export type MessageWriter<Bytes extends Uint8Array = Uint8Array> = (answer: object) => Bytes;

/**
 * Writes a frozen answer once only: nearly every poll hears the same empty one, and to write it anew in JSON takes as long
 * as to look up the policies. Whoever freezes an answer freezes all that is in it.
 * @returns what is written in the same bytes each time; nobody may change them.
 */
export function writingOnce<Bytes extends Uint8Array>(write: MessageWriter<Bytes>): MessageWriter<Bytes> {
  const written = new WeakMap<object, Bytes>();
  return (answer) => {
    const before = written.get(answer);
    if (before !== undefined) return before;
    const bytes = write(answer);
    if (Object.isFrozen(answer)) written.set(answer, bytes);
    return bytes;
  };
}
