import { MAX_ACTIVE, MAX_SERVICE_NAME_BYTES, MONITOR_TYPES, type MonitorType, TARGETS } from "../policy.ts";
import { CHECK_FIELDS, MAX_INT32, THRESHOLD_RULES } from "../validate-policy.ts";

/** What the schema is called where it lies beside policy files. */
export const SCHEMA_FILE = "policy-file.schema.json";

/** The first line of a policy file, by which editors find the schema: a path from that file, or an address. */
export function schemaHeader(schema: string = SCHEMA_FILE): string {
  return `# yaml-language-server: $schema=${schema}`;
}

type Schema = Readonly<Record<string, unknown>>;

const WHOLE_TEXT = "0*[1-9]\\d*(\\.0+)?";
const DECIMAL_TEXT = "(?=[\\d.]*[1-9])\\d+(\\.\\d+)?";
const NAMES = { minLength: 1, maxLength: MAX_SERVICE_NAME_BYTES };

const TARGETS_TEXT =
  "What the agent records once a check fires: ON_CPU, stacks that run on a CPU; OFF_CPU, stacks that wait; NETWORK, requests.";
const TYPES_TEXT: Readonly<Record<MonitorType, string>> = {
  PROCESS_CPU: "CPU of the process",
  PROCESS_THREAD_COUNT: "threads of the process",
  SYSTEM_LOAD: "load of the machine",
  HTTP_ERROR_RATE: "requests of the process that are answered with 5xx",
  HTTP_AVG_RESPONSE_TIME: "how long the process takes to answer requests",
};

/**
 * The JSON Schema (draft 7, which editors know best) of policy files, for completion, hover and red lines in an editor. It takes all
 * that the reader of policy files takes; what a schema cannot say, as that `count` is at most `period`, it lets pass.
 */
export function policySchema(): Schema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Flashpoint policy file",
    description: "When an agent starts to profile, for one service (policy) or for many (services, templates).",
    type: "object",
    additionalProperties: false,
    properties: {
      $schema: text({ description: "Where this schema is, for editors: a path from this file, or an address." }),
      ...definitionFields(),
      service: {
        ...text(NAMES),
        description: "The service that `policy` is for. Without it, it is the name of the file without its ending.",
      },
      services: {
        type: "object",
        propertyNames: NAMES,
        additionalProperties: { $ref: "#/definitions/definition" },
        description: "Policies by the name of the service, as its agents report it.",
      },
      templates: {
        type: "object",
        propertyNames: NAMES,
        additionalProperties: { $ref: "#/definitions/definition" },
        description: "What services have in common, by names of your own. Services of all files may extend them.",
      },
    },
    if: { anyOf: [{ required: ["services"] }, { required: ["templates"] }] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { properties: { policy: false, budget: false, service: false, extends: false } },
    else: { $ref: "#/definitions/said" },
    definitions: {
      definition: {
        type: "object",
        additionalProperties: false,
        properties: definitionFields(),
        allOf: [{ $ref: "#/definitions/said" }],
      },
      said: {
        anyOf: [{ required: ["policy"] }, { required: ["extends"] }],
        if: { not: { required: ["extends"] } },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
        then: { properties: { policy: { $ref: "#/definitions/complete" }, budget: { type: "object" } } },
      },
      complete: {
        items: { properties: { checkers: { items: { required: ["type", "threshold", "period", "count"] } } } },
      },
      target: target(),
      checker: checker(),
    },
  };
}

function definitionFields(): Schema {
  return {
    policy: {
      type: "array",
      minItems: 1,
      items: { $ref: "#/definitions/target" },
      description: "The targets, each with the checks that set it off. May be left out where `extends` is given.",
    },
    budget: {
      type: ["object", "null"],
      additionalProperties: false,
      required: ["maxActive"],
      properties: {
        maxActive: {
          ...wholeNumber(MAX_ACTIVE),
          description: `Most tasks of the service that are active at once, for each target, 1 to ${MAX_ACTIVE}.`,
        },
      },
      description: "Bounds how much is profiled at once. `null` takes away what a template says.",
    },
    extends: {
      anyOf: [text({ minLength: 1 }), { type: "array", minItems: 1, items: text({ minLength: 1 }) }],
      description:
        "A template, or several: what a later one says goes before, and what stands here before all of them.",
    },
  };
}

function target(): Schema {
  return {
    type: "object",
    additionalProperties: false,
    required: ["type", "checkers"],
    properties: {
      type: { enum: TARGETS, description: TARGETS_TEXT },
      checkers: {
        type: "array",
        minItems: 1,
        items: { $ref: "#/definitions/checker" },
        description: "The checks; each of them alone is enough to start. One of each type.",
      },
    },
  };
}

function checker(): Schema {
  const fields: Record<string, Schema> = {
    threshold: {
      type: ["number", "string"],
      description: `A sample counts that is at or over it. ${MONITOR_TYPES.map((type) => `${type}: ${THRESHOLD_RULES[type].takes}`).join("; ")}.`,
    },
    period: { ...wholeNumber(MAX_INT32), description: "Seconds that are looked back on, with one sample each." },
    count: {
      ...wholeNumber(MAX_INT32),
      description: "How many samples of the period have to be at or over the threshold; at most `period`.",
    },
    uriList: {
      type: "array",
      items: text({ pattern: "\\S" }),
      description:
        "Paths whose requests are measured, each as a whole, like /cart. HTTP types only; without it, or with [], all.",
    },
    uriRegex: {
      type: "string",
      description:
        'Regular expression (Go RE2) that is found in paths whose requests are measured. HTTP types only; not beside uriList; "" for none.',
    },
  };
  const watches = MONITOR_TYPES.map((type) => `${type}, ${TYPES_TEXT[type]}`).join("; ");
  return {
    type: "object",
    additionalProperties: false,
    required: ["type"],
    properties: {
      type: { enum: MONITOR_TYPES, description: `What is watched: ${watches}.` },
      ...Object.fromEntries(CHECK_FIELDS.map((field) => [field, fields[field]])),
    },
    allOf: MONITOR_TYPES.map((type) => ({
      if: { required: ["type"], properties: { type: { const: type } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { properties: { threshold: threshold(type) } },
    })),
  };
}

function threshold(type: MonitorType): Schema {
  const { integer, most, takes } = THRESHOLD_RULES[type];
  return { ...(integer ? wholeNumber(most) : decimal(most)), description: `${TYPES_TEXT[type]}: ${takes}.` };
}

/** A whole number from 1, as a number or as text. A schema cannot say how large the number in a text may be, but for percent. */
function wholeNumber(most: number): Schema {
  return numeric(
    { type: "integer", minimum: 1, maximum: most },
    most === 100 ? "0*(100|[1-9]\\d?)(\\.0+)?" : WHOLE_TEXT,
  );
}

function decimal(most: number): Schema {
  const percent = "(?=[\\d.]*[1-9])0*(100(\\.0+)?|\\d{1,2}(\\.\\d+)?)";
  return numeric({ type: "number", exclusiveMinimum: 0, maximum: most }, most === 100 ? percent : DECIMAL_TEXT);
}

function numeric(number: Schema, pattern: string): Schema {
  return { anyOf: [number, text({ pattern: `^\\s*${pattern}\\s*$` })] };
}

function text(rules: Schema): Schema {
  return { type: "string", ...rules };
}
