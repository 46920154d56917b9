import { expect, test } from "vitest";
import { createNews } from "../shared/news.ts";

test("the same said again is no news; anything else about the thing is", () => {
  const news = createNews();
  const told = ["down", "down", "slow", "slow", "down"].map((text) => news.isNew("engines", text));
  expect(told).toEqual([true, false, true, false, true]);
});

test("what is said of one thing is still news of another", () => {
  const news = createNews();
  expect([news.isNew("a", "broken"), news.isNew("b", "broken"), news.isNew("a", "broken")]).toEqual([
    true,
    true,
    false,
  ]);
});

test("once a thing was well again, its old fault is news", () => {
  const news = createNews();
  news.isNew("a", "broken");
  news.isNew("b", "broken");
  news.forget("a");
  expect([news.isNew("a", "broken"), news.isNew("b", "broken")]).toEqual([true, false]);
});

test("of a hundred thousand things, those told last are remembered and the memory stays bounded", () => {
  const news = createNews();
  for (let thing = 0; thing < 100_000; thing++) news.isNew(`thing ${thing}`, "broken");
  expect(news.isNew("thing 99999", "broken")).toBe(false);
  expect(news.isNew("thing 0", "broken")).toBe(true);
});
