import type { WriteStream } from "node:tty";

/** Whoever gets an answer within this time sees no spinner. */
const PATIENCE_MS = 300;
const FRAME_MS = 100;
const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const ERASE = "\r\u001b[K";

let shown: { hide(): void } | undefined;

/**
 * Shows after a while that something is waited for, on a terminal that somebody watches; nowhere else, and not where a
 * machine runs it (CI).
 */
export function showSpinner(text: string, stream: WriteStream = process.stderr): void {
  hideSpinner();
  if (!stream.isTTY || process.env.TERM === "dumb" || process.env.CI) return;
  let frame = 0;
  let timer = setTimeout(() => {
    process.prependOnceListener("SIGINT", stop);
    draw();
    timer = setInterval(draw, FRAME_MS).unref();
  }, PATIENCE_MS).unref();
  const draw = (): void => {
    const line = `${FRAMES[frame++ % FRAMES.length]} ${text}`;
    stream.write(`${ERASE}${line.slice(0, (stream.columns || 80) - 1)}`);
  };
  const hide = (): void => {
    clearTimeout(timer);
    process.off("SIGINT", stop);
    if (frame > 0) stream.write(ERASE);
  };
  /** Listening takes from Ctrl-C that it ends the process; then it is to be done here, unless somebody else listens. */
  const stop = (): void => {
    hideSpinner();
    if (process.listenerCount("SIGINT") === 0) process.kill(process.pid, "SIGINT");
  };
  shown = { hide };
}

/** Takes it away, before anything else is written to the terminal; it does not come again by itself. */
export function hideSpinner(): void {
  shown?.hide();
  shown = undefined;
}
