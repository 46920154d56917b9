/** What is to be undone of something that was started, be it only in part. */
export interface Undo {
  add(step: () => unknown): void;
  /** Takes the steps back, the last first, each whatever becomes of the others. @throws what the first that failed did. */
  all(): Promise<void>;
}

export function createUndo(): Undo {
  const steps: (() => unknown)[] = [];
  return {
    add: (step) => void steps.push(step),
    async all() {
      const failures: unknown[] = [];
      for (const step of steps.splice(0).reverse()) {
        try {
          await step();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}
