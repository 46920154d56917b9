import pLimit from "p-limit";

/**
 * How many messages a process inflates at once; further ones wait for their turn, which comes within milliseconds. A
 * message of a kilobyte may open to the largest there is, and a caller could send them by the thousand.
 */
const MAX_INFLATING = 16;

export const inflating = pLimit(MAX_INFLATING);
