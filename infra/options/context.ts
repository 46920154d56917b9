import type { Fault } from "../../shared/errors.ts";
import { OPTIONS, type OptionName } from "./options.ts";

/** Reads options from what was given, and keeps every fault. */
export interface Context {
  readonly faults: Fault[];
  fault(name: string, problem: string): void;
  isGiven(name: OptionName): boolean;
  /** What was given or the default; blank counts as not given. */
  text(name: OptionName): string;
  /** Items with commas between. */
  list(name: OptionName): string[];
  /** The same; a fault for each item that is not of this form. */
  listOf(name: OptionName, form: RegExp, takes: string): string[];
  /** One value; a fault if it is given and not of this form. */
  textOf(name: OptionName, form: RegExp, takes: string): string;
  integer(name: OptionName, least: number, most: number): number;
  oneOf<T extends string>(name: OptionName, known: readonly [T, ...T[]]): T;
}

/** @param given values by name: text, or numbers, booleans and lists, as cdk.json may have them. */
export function createContext(given: Readonly<Record<string, unknown>>): Context {
  const faults: Fault[] = [];
  const fault = (path: string, problem: string): void => void faults.push({ path, problem });
  const isGiven = (name: OptionName): boolean => String(given[name] ?? "").trim() !== "";
  const text = (name: OptionName): string => (isGiven(name) ? String(given[name]).trim() : OPTIONS[name].default);
  const list = (name: OptionName): string[] =>
    text(name)
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "");
  const check = (name: OptionName, value: string, form: RegExp, takes: string): void => {
    if (!form.test(value)) fault(name, `is "${value}"; it takes ${takes}`);
  };

  return {
    faults,
    fault,
    isGiven,
    text,
    list,
    listOf(name, form, takes) {
      for (const item of list(name)) check(name, item, form, takes);
      return list(name);
    },
    textOf(name, form, takes) {
      if (text(name) !== "") check(name, text(name), form, takes);
      return text(name);
    },
    integer(name, least, most) {
      const value = Number(text(name));
      if (!/^\d+$/.test(text(name)) || value < least || value > most) {
        fault(name, `is "${text(name)}"; it takes a whole number from ${least} to ${most}`);
      }
      return value;
    },
    oneOf(name, known) {
      const found = known.find((value) => value === text(name));
      if (found === undefined) fault(name, `is "${text(name)}"; it takes ${known.join(" or ")}`);
      return found ?? known[0];
    },
  };
}
