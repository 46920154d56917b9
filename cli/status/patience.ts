import { withinTime } from "../../shared/aws/deadline.ts";

/** How long each line may take: somebody looks at the screen. */
const PATIENCE_MS = 5_000;

export function withinPatience<T>(what: string, work: () => Promise<T>): Promise<T> {
  return withinTime(what, PATIENCE_MS, work);
}
