import { expect, it } from "vitest";
import { createUndo } from "../../bench/undo.ts";

it("takes each step back once, the last first, also behind one that fails", async () => {
  const undone: string[] = [];
  const undo = createUndo();
  undo.add(() => undone.push("first"));
  undo.add(async () => {
    undone.push("second");
    throw new Error("stuck");
  });
  undo.add(() => undone.push("third"));
  await expect(undo.all()).rejects.toThrow("stuck");
  expect(undone).toEqual(["third", "second", "first"]);
  await undo.all();
  expect(undone).toHaveLength(3);
});
