import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Random } from "./random.ts";
import { oddText } from "./texts.ts";

const NUMBERS = ["0", "1", "3", "10", "80", "-1", "0.5", "1E+50", "1E-50", "99999999999999999999", "9007199254740993"];
const NEARLY = ["0", "-1", "11", "61", "101", "2.5", "80.5", "2147483648", "1e2", "0x10", " 7 ", "+3", "٣", "", "NaN"];
const MAX_DEPTH = 4;
const TARGETS = ["ON_CPU", "OFF_CPU", "NETWORK"];
const TYPES = ["PROCESS_CPU", "PROCESS_THREAD_COUNT", "SYSTEM_LOAD", "HTTP_ERROR_RATE", "HTTP_AVG_RESPONSE_TIME"];

/** What the console, or anybody's script, may leave in the place of a policy; all but its key. */
export function randomPolicyItem(random: Random): Record<string, AttributeValue> {
  const item: Record<string, AttributeValue> = { targets: perhapsOdd(random, 0.1, targetsMap(random)) };
  for (const name of ["uuid", "revision", "updatedAt", "updatedBy", "extra"]) {
    if (random.chance(0.4)) item[name] = anyValue(random, 1);
  }
  if (random.chance(0.2)) item.budget = perhapsOdd(random, 0.3, { M: { maxActive: number(random, ["5", "1000"]) } });
  if (random.chance(0.1)) delete item.targets;
  return item;
}

function targetsMap(random: Random): AttributeValue {
  return mapOf(random, TARGETS, () => mapOf(random, TYPES, () => check(random)));
}

function check(random: Random): AttributeValue {
  const M: Record<string, AttributeValue> = {
    threshold: perhapsOdd(random, 0.05, number(random, ["80", "5", "0.5"])),
    period: perhapsOdd(random, 0.05, number(random, ["10", "60"])),
    count: perhapsOdd(random, 0.05, number(random, ["3", "1"])),
  };
  if (random.chance(0.3)) M.uriList = perhapsOdd(random, 0.3, { L: [{ S: "/a" }] });
  if (random.chance(0.2)) M.uriRegex = perhapsOdd(random, 0.3, { S: "^/b" });
  if (random.chance(0.05)) M[oddKey(random)] = anyValue(random, 2);
  return { M };
}

/** As a number or as text; now and then one that is just beside what an agent takes. */
function number(random: Random, usual: readonly string[]): AttributeValue {
  const value = random.pick(random.chance(0.85) ? usual : NEARLY);
  return random.chance(0.5) || !/^-?\d+(\.\d+)?$/.test(value) ? { S: value } : { N: value };
}

function mapOf(random: Random, names: readonly string[], value: () => AttributeValue): AttributeValue {
  const M: Record<string, AttributeValue> = {};
  for (let count = random.whole(1, 2); count > 0; count--) {
    const name = random.chance(0.95) ? random.pick(names) : oddKey(random);
    Object.defineProperty(M, name, { value: perhapsOdd(random, 0.05, value()), enumerable: true, configurable: true });
  }
  return { M };
}

function oddKey(random: Random): string {
  return random.pick(["__proto__", "constructor", "toString", "on_cpu", " ", oddText(random) || "x"]);
}

function perhapsOdd(random: Random, odds: number, value: AttributeValue): AttributeValue {
  return random.chance(odds) ? anyValue(random, 1) : value;
}

function anyValue(random: Random, depth: number): AttributeValue {
  const below = (): AttributeValue => anyValue(random, depth + 1);
  switch (random.whole(0, depth >= MAX_DEPTH ? 7 : 9)) {
    case 0:
      return { S: oddText(random) };
    case 1:
      return { N: random.pick(NUMBERS) };
    case 2:
      return { B: random.bytes(random.whole(0, 9)) };
    case 3:
      return { BOOL: random.chance(0.5) };
    case 4:
      return { NULL: true };
    case 5:
      return { SS: ["a", "b"] };
    case 6:
      return { NS: ["1", "2.5"] };
    case 7:
      return { BS: [random.bytes(3)] };
    case 8:
      return { L: Array.from({ length: random.whole(0, 3) }, below) };
    default:
      return { M: { [oddKey(random)]: below(), a: below() } };
  }
}
