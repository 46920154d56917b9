/**
 * In the bundles, this is in the place of the library's descriptor_pb.js, which describes descriptor.proto by itself and
 * in full. What generated files say of their messages consists of the few parts that are listed here.
 */

/** How a field's value is read: as one of these, or as a message. */
type Kind = "text" | "number" | "truth" | Shape;

/** A message of descriptor.proto, as far as it is read. */
export interface Shape {
  /** Without its package. */
  readonly name: string;
  /** By their numbers. */
  readonly fields: Readonly<Record<number, readonly [name: string, kind: Kind]>>;
  /** Names of the fields that hold many values, those that are not read too. */
  readonly lists: readonly string[];
  /** What stands in the place of a value that is not there, on the message's prototype. */
  readonly defaults: Readonly<Record<string, string | number | boolean>>;
}

const FILE_OPTIONS: Shape = {
  name: "FileOptions",
  fields: {
    1: ["javaPackage", "text"],
    8: ["javaOuterClassname", "text"],
    10: ["javaMultipleFiles", "truth"],
    11: ["goPackage", "text"],
    31: ["ccEnableArenas", "truth"],
    36: ["objcClassPrefix", "text"],
    37: ["csharpNamespace", "text"],
  },
  lists: ["uninterpretedOption"],
  defaults: {
    javaPackage: "",
    javaOuterClassname: "",
    javaMultipleFiles: false,
    javaGenerateEqualsAndHash: false,
    javaStringCheckUtf8: false,
    optimizeFor: 1, // SPEED
    goPackage: "",
    ccGenericServices: false,
    javaGenericServices: false,
    pyGenericServices: false,
    deprecated: false,
    ccEnableArenas: true,
    objcClassPrefix: "",
    csharpNamespace: "",
    swiftPrefix: "",
    phpClassPrefix: "",
    phpNamespace: "",
    phpMetadataNamespace: "",
    rubyPackage: "",
  },
};

const MESSAGE_OPTIONS: Shape = {
  name: "MessageOptions",
  fields: { 3: ["deprecated", "truth"], 7: ["mapEntry", "truth"] },
  lists: ["uninterpretedOption"],
  defaults: {
    messageSetWireFormat: false,
    noStandardDescriptorAccessor: false,
    deprecated: false,
    mapEntry: false,
    deprecatedLegacyJsonFieldConflicts: false,
  },
};

const FIELD: Shape = {
  name: "FieldDescriptorProto",
  fields: {
    1: ["name", "text"],
    3: ["number", "number"],
    4: ["label", "number"],
    5: ["type", "number"],
    6: ["typeName", "text"],
    9: ["oneofIndex", "number"],
    10: ["jsonName", "text"],
    17: ["proto3Optional", "truth"],
  },
  lists: [],
  defaults: {
    name: "",
    number: 0,
    label: 1, // OPTIONAL
    type: 1, // DOUBLE
    typeName: "",
    extendee: "",
    defaultValue: "",
    oneofIndex: 0,
    jsonName: "",
    proto3Optional: false,
  },
};

const ONEOF: Shape = {
  name: "OneofDescriptorProto",
  fields: { 1: ["name", "text"] },
  lists: [],
  defaults: { name: "" },
};

const ENUM_VALUE: Shape = {
  name: "EnumValueDescriptorProto",
  fields: { 1: ["name", "text"], 2: ["number", "number"] },
  lists: [],
  defaults: { name: "", number: 0 },
};

const ENUM: Shape = {
  name: "EnumDescriptorProto",
  fields: { 1: ["name", "text"], 2: ["value", ENUM_VALUE] },
  lists: ["value", "reservedRange", "reservedName"],
  defaults: { name: "", visibility: 0 },
};

const MESSAGE: Shape = {
  name: "DescriptorProto",
  fields: {
    1: ["name", "text"],
    2: ["field", FIELD],
    get 3(): readonly [string, Kind] {
      return ["nestedType", MESSAGE];
    },
    4: ["enumType", ENUM],
    7: ["options", MESSAGE_OPTIONS],
    8: ["oneofDecl", ONEOF],
  },
  lists: [
    "field",
    "extension",
    "nestedType",
    "enumType",
    "extensionRange",
    "oneofDecl",
    "reservedRange",
    "reservedName",
  ],
  defaults: { name: "", visibility: 0 },
};

const METHOD: Shape = {
  name: "MethodDescriptorProto",
  fields: {
    1: ["name", "text"],
    2: ["inputType", "text"],
    3: ["outputType", "text"],
    5: ["clientStreaming", "truth"],
    6: ["serverStreaming", "truth"],
  },
  lists: [],
  defaults: { name: "", inputType: "", outputType: "", clientStreaming: false, serverStreaming: false },
};

const SERVICE: Shape = {
  name: "ServiceDescriptorProto",
  fields: { 1: ["name", "text"], 2: ["method", METHOD] },
  lists: ["method"],
  defaults: { name: "" },
};

/** Under the name that the library gives it. */
export const FileDescriptorProtoSchema: Shape = {
  name: "FileDescriptorProto",
  fields: {
    1: ["name", "text"],
    2: ["package", "text"],
    3: ["dependency", "text"],
    4: ["messageType", MESSAGE],
    5: ["enumType", ENUM],
    6: ["service", SERVICE],
    8: ["options", FILE_OPTIONS],
    12: ["syntax", "text"],
  },
  lists: [
    "dependency",
    "publicDependency",
    "weakDependency",
    "optionDependency",
    "messageType",
    "enumType",
    "service",
    "extension",
  ],
  defaults: { name: "", package: "", syntax: "", edition: 0 },
};

/** All else of it that is used, by Connect: which methods may be called by GET. */
export const MethodOptions_IdempotencyLevel = { IDEMPOTENCY_UNKNOWN: 0, NO_SIDE_EFFECTS: 1, IDEMPOTENT: 2 } as const;
