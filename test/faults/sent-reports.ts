/** What became of the reports on the agents' side. Each has an instance name of its own. */
export interface SentReports {
  /** A call was answered with a task's id. */
  answered(instance: string, taskId: string): void;
  /** A call ended without an answer: the server may have taken it or not. */
  unanswered(): void;
  /** The ids that each report was answered with, by instance; several only where it was sent several times. */
  readonly answers: ReadonlyMap<string, ReadonlySet<string>>;
  /** How many calls got no answer. */
  readonly inDoubt: number;
}

export function createSentReports(): SentReports {
  const answers = new Map<string, Set<string>>();
  let inDoubt = 0;
  return {
    answered(instance, taskId) {
      const ids = answers.get(instance) ?? new Set();
      answers.set(instance, ids.add(taskId));
    },
    unanswered() {
      inDoubt++;
    },
    answers,
    get inDoubt() {
      return inDoubt;
    },
  };
}
