/** Reads a log for what no input may cause. */
export interface LogWatch {
  /** Takes a line of the log, or of whatever else a process writes beside it. */
  line(text: string): void;
  hasFault(): boolean;
  /** The oldest fault that nobody has taken yet. */
  takeFault(): string | undefined;
}

/** Faults kept until somebody takes them; one is enough to end a run. */
const MAX_KEPT = 100;

/**
 * Lines that are part of how things go: refusals, dead letters, outages of engines under load. A message that stays
 * queued for anything but an outage is none: it would come again and again.
 */
export function createLogWatch(): LogWatch {
  const faults: string[] = [];
  return {
    line(text) {
      const fault = faultIn(text);
      if (fault !== undefined && faults.length < MAX_KEPT) faults.push(fault);
    },
    hasFault: () => faults.length > 0,
    takeFault: () => faults.shift(),
  };
}

function faultIn(text: string): string | undefined {
  // Blank, or the rest of what a line before it began: a stack, an object.
  if (text.trim() === "" || /^[\s}]/.test(text)) return undefined;
  let line: { level?: unknown; msg?: unknown; err?: { type?: unknown; message?: unknown } };
  try {
    line = JSON.parse(text);
  } catch {
    return `on standard error: ${text}`; // a warning of Node's, or an error that nobody caught
  }
  const { msg, err } = line;
  if (typeof msg !== "string") return `on standard error: ${text}`;
  if (msg === "call failed unforeseen") return `logged: ${text}`;
  const staysQueued = msg.startsWith("message stays queued") || msg.startsWith("message not processed");
  return staysQueued && err?.type !== "Unavailable" ? `logged: ${text}` : undefined;
}
