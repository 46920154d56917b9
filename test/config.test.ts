import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../shared/config.ts";
import { InvalidInput } from "../shared/errors.ts";
import { type Settings, VARIABLES } from "../shared/settings.ts";

function faultsOf(...sources: Settings[]): string[] {
  try {
    loadConfig(...sources);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInput);
    return (error as InvalidInput).faults.map(({ path }) => path);
  }
  return [];
}

const DEFAULTS = {
  stack: "flashpoint",
  logLevel: "info",
  policyCacheMs: 2_000,
  policyCacheEntries: 10_000,
  maxServicesPerQuery: 5_000,
  taskRetentionDays: 30,
  retrySchedule: [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200],
  collectorNetworks: [],
  profileBucket: "flashpoint-profiles",
  profileRetentionDays: 7,
  profileLinkSeconds: 3_600,
  onCpuPeriodMicros: 9_000,
  requireToken: false,
  reportsPerMinute: 1_200,
  host: "127.0.0.1",
  grpcPort: 11_800,
  httpPort: 12_800,
  tls: undefined,
  maxConnections: 10_000,
  operatorNetworks: [],
  emf: false,
  dynamodbPort: 8_000,
  sqsPort: 4_566,
  dataDir: join(process.cwd(), ".flashpoint"),
};

test("nothing has to be set: there is a default for everything", () => {
  expect(loadConfig()).toEqual(DEFAULTS);
  expect(loadConfig({}, {})).toEqual(DEFAULTS);
});

test("blank means the default, as an unset variable does", () => {
  const names = Object.keys(VARIABLES);
  expect(loadConfig(Object.fromEntries(names.map((name) => [name, ""])))).toEqual(DEFAULTS);
  expect(loadConfig(Object.fromEntries(names.map((name) => [name, undefined])))).toEqual(DEFAULTS);
});

test("every setting can be set", () => {
  expect(
    loadConfig({
      FLASHPOINT_STACK: "Flash-2",
      FLASHPOINT_LOG_LEVEL: "silent",
      FLASHPOINT_POLICY_CACHE_MS: "0",
      FLASHPOINT_POLICY_CACHE_ENTRIES: "1000000",
      FLASHPOINT_MAX_SERVICES_PER_QUERY: "1",
      FLASHPOINT_TASK_RETENTION_DAYS: "3650",
      FLASHPOINT_RETRY_SCHEDULE: "1, 30 ,43200",
      FLASHPOINT_COLLECTOR_NETWORKS: "10.0.0.0/8, fd00::/8 ,192.168.1.7/32",
      FLASHPOINT_PROFILE_BUCKET: "profiles-2",
      FLASHPOINT_PROFILE_RETENTION_DAYS: "1",
      FLASHPOINT_PROFILE_LINK_SECONDS: "604800",
      FLASHPOINT_ON_CPU_PERIOD_US: "1",
      FLASHPOINT_REQUIRE_TOKEN: "true",
      FLASHPOINT_REPORTS_PER_MINUTE: "1000000",
      FLASHPOINT_HOST: "0.0.0.0",
      FLASHPOINT_GRPC_PORT: "0",
      FLASHPOINT_HTTP_PORT: "65535",
      FLASHPOINT_TLS_CERT: "cert.pem",
      FLASHPOINT_TLS_KEY: "key.pem",
      FLASHPOINT_MAX_CONNECTIONS: "1",
      FLASHPOINT_OPERATOR_NETWORKS: "10.1.0.0/16,fd01::/16",
      FLASHPOINT_EMF: "true",
      FLASHPOINT_DYNAMODB_PORT: "1",
      FLASHPOINT_SQS_PORT: "2",
      FLASHPOINT_DATA_DIR: "/var/lib/flashpoint",
    }),
  ).toEqual({
    stack: "Flash-2",
    logLevel: "silent",
    policyCacheMs: 0,
    policyCacheEntries: 1_000_000,
    maxServicesPerQuery: 1,
    taskRetentionDays: 3_650,
    retrySchedule: [1, 30, 43_200],
    collectorNetworks: ["10.0.0.0/8", "fd00::/8", "192.168.1.7/32"],
    profileBucket: "profiles-2",
    profileRetentionDays: 1,
    profileLinkSeconds: 604_800,
    onCpuPeriodMicros: 1,
    requireToken: true,
    reportsPerMinute: 1_000_000,
    host: "0.0.0.0",
    grpcPort: 0,
    httpPort: 65_535,
    tls: { certFile: "cert.pem", keyFile: "key.pem" },
    maxConnections: 1,
    operatorNetworks: ["10.1.0.0/16", "fd01::/16"],
    emf: true,
    dynamodbPort: 1,
    sqsPort: 2,
    dataDir: "/var/lib/flashpoint",
  });
});

test("later sources win over earlier ones, but not by being blank", () => {
  const environment = { FLASHPOINT_STACK: "from-environment", FLASHPOINT_GRPC_PORT: "1", FLASHPOINT_HTTP_PORT: "2" };
  const flags = { FLASHPOINT_GRPC_PORT: "3", FLASHPOINT_HTTP_PORT: "", FLASHPOINT_STACK: undefined };
  expect(loadConfig(environment, flags)).toEqual({
    ...DEFAULTS,
    stack: "from-environment",
    profileBucket: "from-environment-profiles",
    grpcPort: 3,
    httpPort: 2,
  });
});

test("a fault that a later source makes good is none", () => {
  expect(faultsOf({ FLASHPOINT_GRPC_PORT: "many" }, { FLASHPOINT_GRPC_PORT: "1" })).toEqual([]);
});

test("all faults are reported at once, each named by its variable, its value and what it takes", () => {
  const settings = {
    FLASHPOINT_STACK: "1st",
    FLASHPOINT_LOG_LEVEL: "loud",
    FLASHPOINT_POLICY_CACHE_MS: "60001",
    FLASHPOINT_POLICY_CACHE_ENTRIES: "0",
    FLASHPOINT_MAX_SERVICES_PER_QUERY: "10001",
    FLASHPOINT_TASK_RETENTION_DAYS: "0",
    FLASHPOINT_RETRY_SCHEDULE: "0",
    FLASHPOINT_COLLECTOR_NETWORKS: "10.0.0.0",
    FLASHPOINT_PROFILE_BUCKET: "Profiles",
    FLASHPOINT_PROFILE_RETENTION_DAYS: "0",
    FLASHPOINT_PROFILE_LINK_SECONDS: "59",
    FLASHPOINT_ON_CPU_PERIOD_US: "0",
    FLASHPOINT_REQUIRE_TOKEN: "yes",
    FLASHPOINT_GRPC_PORT: "65536",
    FLASHPOINT_HTTP_PORT: "http",
    FLASHPOINT_MAX_CONNECTIONS: "0",
    FLASHPOINT_OPERATOR_NETWORKS: "10.0.0.1/8",
    FLASHPOINT_EMF: "on",
    FLASHPOINT_DYNAMODB_PORT: "-1",
    FLASHPOINT_SQS_PORT: "1.5",
    FLASHPOINT_TLS_CERT: "cert.pem",
  };
  const { FLASHPOINT_TLS_CERT: _, ...faulty } = settings;
  expect(faultsOf(settings).sort()).toEqual([...Object.keys(faulty), "FLASHPOINT_TLS_KEY"].sort());
  expect(() => loadConfig({ FLASHPOINT_GRPC_PORT: "65536", FLASHPOINT_LOG_LEVEL: "loud" })).toThrow(
    /FLASHPOINT_LOG_LEVEL is "loud"; it takes one of trace, debug, info, warn, error, silent.*FLASHPOINT_GRPC_PORT is "65536"; it takes a whole number from 0 to 65535/,
  );
});

describe("refused is", () => {
  test.each<Settings>([
    ...["-a", "a_b", "a b", "a.b", "x".repeat(64)].map((FLASHPOINT_STACK) => ({ FLASHPOINT_STACK })),
    ...[" 80", "0x50", "1e3", "+1"].map((FLASHPOINT_GRPC_PORT) => ({ FLASHPOINT_GRPC_PORT })),
    { FLASHPOINT_LOG_LEVEL: "INFO" },
    ...["1", "TRUE", "no", " true"].map((FLASHPOINT_REQUIRE_TOKEN) => ({ FLASHPOINT_REQUIRE_TOKEN })),
    { FLASHPOINT_EMF: "yes" },
    ...["43201", "5,", ",5", "5,,5", "5;5", "5 5", "1.5", "-1", "1e3", "soon", Array(16).fill(1).join(",")].map(
      (FLASHPOINT_RETRY_SCHEDULE) => ({ FLASHPOINT_RETRY_SCHEDULE }),
    ),
    ...[
      "10.0.0.0/33",
      "fd00::/129",
      "10.0.0.0/-1",
      "10.0.0.0/8,",
      "10.0.0.0/8 fd00::/8",
      "10/8",
      "0x0a.0.0.0/8",
      "012.0.0.0/8",
      "example.com/8",
      "fe80::%eth0/64",
      "::ffff:10.0.0.0/104",
      "*",
    ].map((FLASHPOINT_COLLECTOR_NETWORKS) => ({ FLASHPOINT_COLLECTOR_NETWORKS })),
    ...["a", "-ab", "ab-", "a.b", "a_b", "x".repeat(64)].map((FLASHPOINT_PROFILE_BUCKET) => ({
      FLASHPOINT_PROFILE_BUCKET,
    })),
  ])("%j", (settings) => {
    expect(faultsOf(settings)).toEqual(Object.keys(settings));
  });

  test("a certificate without its key, and a key without its certificate", () => {
    expect(faultsOf({ FLASHPOINT_TLS_CERT: "cert.pem" })).toEqual(["FLASHPOINT_TLS_KEY"]);
    expect(faultsOf({ FLASHPOINT_TLS_KEY: "key.pem" })).toEqual(["FLASHPOINT_TLS_CERT"]);
  });
});

test.each([
  ["10.0.0.0", '"10.0.0.0" has no prefix; write 10.0.0.0/32 for that one address'],
  ["::1", '"::1" has no prefix; write ::1/128 for that one address'],
  ["10.1.2.3/8", '"10.1.2.3/8" has bits after its prefix; write 10.0.0.0/8 or 10.1.2.3/32'],
  ["fd00::1/8", '"fd00::1/8" has bits after its prefix; write fd00::/8 or fd00::1/128'],
  ["::ffff:10.0.0.0/104", '"::ffff:10.0.0.0/104" is IPv4 in the form of IPv6; write it as IPv4'],
  ["vpc,10.0.0.0/40", '"vpc" is no CIDR block such as 10.0.0.0/8 or fd00::/8, "10.0.0.0/40" has more than the 32 bits'],
])("the networks %s are refused with the way to mend them", (FLASHPOINT_COLLECTOR_NETWORKS, problem) => {
  const fault = `FLASHPOINT_COLLECTOR_NETWORKS takes CIDR blocks with commas between: ${problem}`;
  expect(() => loadConfig({ FLASHPOINT_COLLECTOR_NETWORKS })).toThrow(fault);
});

test("nobody changes the configuration once it is loaded", () => {
  const config = loadConfig({ FLASHPOINT_TLS_CERT: "cert.pem", FLASHPOINT_TLS_KEY: "key.pem" });
  expect(() => Object.assign(config, { grpcPort: 1 })).toThrow(TypeError);
  expect(() => Object.assign(config.retrySchedule, [1])).toThrow(TypeError);
  expect(() => Object.assign(config.collectorNetworks, ["0.0.0.0/0"])).toThrow(TypeError);
  expect(() => Object.assign(config.tls ?? {}, { certFile: "other.pem" })).toThrow(TypeError);
});

test("whatever texts the variables hold, there is a frozen configuration, or every fault names its variable", () => {
  const sound = Object.values(VARIABLES).map((variable) => variable.default);
  const text = fc.oneof(
    fc.constantFrom(
      ...sound,
      "0",
      "-1",
      "1e3",
      "65536",
      "007",
      " 5",
      "true",
      "TRUE",
      ",",
      "1,,2",
      "10.0.0.0/8",
      "::/0",
      "a b",
    ),
    fc.string({ unit: "binary" }),
    fc.constant(undefined),
  );
  const settings = fc.record(
    Object.fromEntries(
      Object.keys(VARIABLES).map((name) => [name, fc.oneof({ weight: 6, arbitrary: fc.constant("") }, text)]),
    ),
  );
  let sounds = 0;
  fc.assert(
    fc.property(settings, (given) => {
      const faults = faultsOf(given);
      for (const fault of faults) expect(Object.keys(VARIABLES)).toContain(fault);
      if (faults.length > 0) return;
      sounds++;
      const config = loadConfig(given);
      for (const part of [config, config.retrySchedule, config.collectorNetworks])
        expect(Object.isFrozen(part)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
  expect(sounds).toBeGreaterThan(10);
});
