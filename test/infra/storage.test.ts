import { describe, expect, it } from "vitest";
import { templateOf } from "../support/stack.ts";

const production = templateOf();
const development = templateOf({ stage: "development", stackName: "dev" });

const TABLES = {
  policies: { key: ["serviceName"], ttl: false },
  "policy-history": { key: ["serviceName", "revision"], ttl: false },
  tasks: { key: ["taskId"], ttl: true },
  profiles: { key: ["taskId", "profileId"], ttl: true },
  reports: { key: ["reportKey"], ttl: true },
  budgets: { key: ["serviceName", "target"], ttl: true },
  collectors: { key: ["name"], ttl: false },
  tokens: { key: ["tokenHash"], ttl: false },
  agents: { key: ["agentId", "part"], ttl: true },
};

describe("the tables", () => {
  it("are the nine that the engines of one machine have too", () => {
    const names = production.resources("AWS::DynamoDB::Table").map(({ Properties }) => Properties.TableName);
    expect(names.toSorted()).toEqual(
      Object.keys(TABLES)
        .map((id) => `flashpoint-${id}`)
        .toSorted(),
    );
  });

  it.each(Object.entries(TABLES))(
    "%s is paid by the request, restorable, protected, kept and forgetful",
    (id, { key, ttl }) => {
      const { Properties, DeletionPolicy, UpdateReplacePolicy } = production.resource(
        "AWS::DynamoDB::Table",
        `Tables${id.replace("-h", "H")}`,
      );
      expect(Properties).toMatchObject({
        TableName: `flashpoint-${id}`,
        BillingMode: "PAY_PER_REQUEST",
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
        KeySchema: key.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? "HASH" : "RANGE" })),
      });
      expect(Properties.TimeToLiveSpecification).toEqual(
        ttl ? { AttributeName: "expiresAt", Enabled: true } : undefined,
      );
      expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(["Retain", "Retain"]);
    },
  );

  it("have the indexes that tasks are listed by", () => {
    const { Properties } = production.resource("AWS::DynamoDB::Table", "Tablestasks");
    const index = (IndexName: string, hash: string) => ({
      IndexName,
      KeySchema: [
        { AttributeName: hash, KeyType: "HASH" },
        { AttributeName: "taskId", KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "ALL" },
    });
    expect(Properties.GlobalSecondaryIndexes).toEqual([index("byService", "serviceName"), index("byDay", "day")]);
  });

  it("go with a development stack", () => {
    for (const { Properties, DeletionPolicy } of development.resources("AWS::DynamoDB::Table")) {
      expect(Properties.TableName).toMatch(/^dev-/);
      expect(Properties.DeletionProtectionEnabled).toBe(false);
      expect(DeletionPolicy).toBe("Delete");
    }
  });
});

it("the tables are made last, since they would be in the way of another attempt if a first one is rolled back", () => {
  const { logicalId: policies, DependsOn } = production.resource("AWS::DynamoDB::Table", "Tablespolicies");
  const before = production
    .resources()
    .filter(({ Type }) => /^AWS::Lambda::(Function|Url|EventSourceMapping)$/.test(Type))
    .map(({ logicalId }) => logicalId);
  expect(before).toHaveLength(6);
  expect(DependsOn).toEqual(expect.arrayContaining(before));
  for (const { logicalId, DependsOn } of production.resources("AWS::DynamoDB::Table")) {
    if (logicalId !== policies) expect(DependsOn).toContain(policies);
  }
});

describe("the queues", () => {
  const queues = { tasks: { visibility: 70 }, deliveries: { visibility: 130 } };

  it.each(Object.entries(queues))(
    "%s is encrypted, keeps what fails, and gives it up to its dead letters",
    (id, { visibility }) => {
      const dead = production.resource("AWS::SQS::Queue", `Queues${id}dead`);
      const [queue] = production
        .resources("AWS::SQS::Queue")
        .filter(({ Properties }) => Properties.QueueName === `flashpoint-${id}`);
      expect(queue?.Properties).toEqual({
        QueueName: `flashpoint-${id}`,
        SqsManagedSseEnabled: true,
        VisibilityTimeout: visibility,
        MessageRetentionPeriod: 1_209_600, // 14 days, the most there is
        RedrivePolicy: { deadLetterTargetArn: { "Fn::GetAtt": [dead.logicalId, "Arn"] }, maxReceiveCount: 1_000 },
      });
      expect(dead.Properties).toEqual({
        QueueName: `flashpoint-${id}-dead`,
        SqsManagedSseEnabled: true,
        MessageRetentionPeriod: 1_209_600,
      });
    },
  );

  it("and their dead letters speak TLS only", () => {
    const policies = production.resources("AWS::SQS::QueuePolicy");
    const refused = policies.map(({ Properties }) => {
      const [statement] = Properties.PolicyDocument.Statement;
      expect(statement).toMatchObject({
        Effect: "Deny",
        Principal: { AWS: "*" },
        Action: "sqs:*",
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      });
      expect(Properties.Queues).toEqual([{ Ref: statement.Resource["Fn::GetAtt"][0] }]);
      return statement.Resource["Fn::GetAtt"][0];
    });
    const all = production.resources("AWS::SQS::Queue").map(({ logicalId }) => logicalId);
    expect(all).toHaveLength(4);
    expect(refused.toSorted()).toEqual(all.toSorted());
  });
});

describe("the bucket of profiles", () => {
  const bucket = production.resource("AWS::S3::Bucket", "Profiles");

  it("is nobody else's, encrypted, and forgets profiles and halves of uploads", () => {
    expect(bucket.Properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
      },
      LifecycleConfiguration: {
        Rules: [
          {
            Status: "Enabled",
            ExpirationInDays: 7,
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
          },
        ],
      },
    });
    expect([bucket.DeletionPolicy, bucket.UpdateReplacePolicy]).toEqual(["RetainExceptOnCreate", "Retain"]);
  });

  it("goes with a development stack", () => {
    expect(development.resource("AWS::S3::Bucket", "Profiles").DeletionPolicy).toBe("Delete");
  });

  it("speaks TLS 1.2 or newer only", () => {
    const [policy] = production.resources("AWS::S3::BucketPolicy");
    const refusals = policy?.Properties.PolicyDocument.Statement.map(
      ({ Effect, Principal, Action, Condition }: Record<string, unknown>) => ({ Effect, Principal, Action, Condition }),
    );
    const everybody = { Effect: "Deny", Principal: { AWS: "*" }, Action: "s3:*" };
    expect(refusals).toEqual([
      { ...everybody, Condition: { Bool: { "aws:SecureTransport": "false" } } },
      { ...everybody, Condition: { NumericLessThan: { "s3:TlsVersion": 1.2 } } },
    ]);
  });

  it("has a name that no other account has, or the one that is given", () => {
    expect(bucket.Properties.BucketName).toEqual({
      "Fn::Join": ["", ["flashpoint-profiles-", { Ref: "AWS::AccountId" }, "-", { Ref: "AWS::Region" }]],
    });
    const named = templateOf({ profileBucket: "acme-profiles", profileRetentionDays: 30 });
    const { Properties } = named.resource("AWS::S3::Bucket", "Profiles");
    expect(Properties.BucketName).toBe("acme-profiles");
    expect(Properties.LifecycleConfiguration.Rules[0].ExpirationInDays).toBe(30);
  });
});
