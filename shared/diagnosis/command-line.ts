/**
 * How a command is to be typed where the question was asked, for instance
 * ``commandLine("collectors resume", "hook")`` is `npx flashpoint --local collectors resume hook`.
 * @param words what is not fixed; each arrives as one word of a shell.
 */
export type CommandLine = (verb: string, ...words: string[]) => string;
