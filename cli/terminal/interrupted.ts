/** Ctrl-C came while nothing was under way that could be half done; there is nothing more to say. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}
