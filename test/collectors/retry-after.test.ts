import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { retryAfterSeconds } from "../../shared/collectors/retry-after.ts";

/** Sunday, 6 November 1994, 08:49:37 UTC: the date of RFC 9110 §5.6.7. */
const AT = Date.UTC(1994, 10, 6, 8, 49, 37);

describe("Retry-After in seconds", () => {
  test.each([
    ["0", 0],
    ["120", 120],
    [" 7 ", 7],
    ["0042", 42],
    ["31536000", 31_536_000],
    ["99999999999", 99_999_999_999],
    ["9".repeat(400), Number.POSITIVE_INFINITY],
  ])("%s", (header, seconds) => {
    expect(retryAfterSeconds(header, AT)).toBe(seconds);
  });
});

describe("Retry-After as a date", () => {
  test.each(["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])(
    "%s counts from now, in UTC wherever this runs",
    (header) => {
      expect(retryAfterSeconds(header, AT - 90_000)).toBe(90);
    },
  );

  test("is rounded up: a moment too early would be refused again", () => {
    expect(retryAfterSeconds(new Date(AT).toUTCString(), AT - 1_001)).toBe(2);
  });

  test("that has passed asks for nothing", () => {
    expect(retryAfterSeconds(new Date(AT).toUTCString(), AT)).toBe(0);
    expect(retryAfterSeconds(new Date(AT).toUTCString(), AT + 86_400_000)).toBe(0);
  });

  test("of any year is read as JavaScript writes it", () => {
    const anyDate = fc.date({ min: new Date(0), max: new Date(Date.UTC(9_999, 0)), noInvalidDate: true });
    fc.assert(
      fc.property(anyDate, (date) => {
        const seconds = Math.floor(date.getTime() / 1_000);
        expect(retryAfterSeconds(date.toUTCString(), 0)).toBe(seconds);
      }),
    );
  });
});

describe("no wait is read from", () => {
  test("a header that is missing", () => {
    expect(retryAfterSeconds(null, AT)).toBeUndefined();
  });

  test.each([
    "",
    " ",
    "soon",
    "In 5 minutes",
    "Try 2099",
    "-5",
    "+5",
    "1.5",
    "1e3",
    "0x10",
    "5 s",
    "5, 10",
    "٥",
    "2099-01-01T00:00:00Z",
    "Sun 2099",
    "Sun, 99 Foo 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 +0100",
  ])("%j", (header) => {
    expect(retryAfterSeconds(header, AT)).toBeUndefined();
  });

  test("whatever a header holds, the answer is a number of seconds, or none", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[A-Z][a-z]{2,8},? [\w :-]{0,20}( GMT)?$/)), (header) => {
        const seconds = retryAfterSeconds(header, AT);
        expect(seconds === undefined || seconds >= 0).toBe(true);
      }),
    );
  });
});

test("whatever the header says, the wait is a number from 0 on, or nothing is read", () => {
  const part = fc.constantFrom(
    "Sun",
    "Sunday",
    ",",
    " ",
    "06",
    "Nov",
    "1994",
    "99999",
    "08:49:37",
    "25:61:61",
    "GMT",
    "-1",
  );
  const header = fc.oneof(
    fc.string(),
    fc.array(part, { maxLength: 9 }).map((parts) => parts.join(" ")),
  );
  fc.assert(
    fc.property(header, (text) => {
      const seconds = retryAfterSeconds(text, AT);
      if (seconds !== undefined) expect(seconds).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 2_000 },
  );
});
