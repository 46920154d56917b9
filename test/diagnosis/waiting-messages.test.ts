import { expect, it } from "vitest";
import { waitingMessages } from "../../shared/diagnosis/waiting-messages.ts";

/** What the queue counts at one look after the other. @returns what is said of it, and how often it was looked at. */
async function seen(...counts: [visible: number, hidden: number][]) {
  let looks = 0;
  const found = await waitingMessages(async () => {
    const [visible, hidden] = counts[looks++] ?? [0, 0];
    return { visible, hidden };
  });
  return { ...found, looks };
}

it.concurrent.each([
  ["that is empty is well, at one look", [[0, 2]], { messages: 2, isStuck: false, looks: 1 }],
  [
    "that gets shorter is worked off",
    [
      [5, 0],
      [4, 1],
    ],
    { messages: 5, isStuck: false, looks: 2 },
  ],
  [
    "that gets shorter later is worked off",
    [
      [5, 0],
      [9, 0],
      [8, 0],
    ],
    { messages: 8, isStuck: false, looks: 3 },
  ],
  [
    "that is emptied is worked off",
    [
      [5, 0],
      [5, 0],
      [0, 0],
    ],
    { messages: 0, isStuck: false, looks: 3 },
  ],
  [
    "that stays as long is stuck",
    [
      [1, 1],
      [1, 1],
      [1, 1],
    ],
    { messages: 2, isStuck: true, looks: 3 },
  ],
  [
    "that grows is stuck",
    [
      [1, 0],
      [2, 0],
      [3, 0],
    ],
    { messages: 3, isStuck: true, looks: 3 },
  ],
] satisfies [string, [number, number][], object][])("a queue %s", async (_, counts, expected) => {
  expect(await seen(...counts)).toEqual(expected);
});
