import type { CfnResource } from "aws-cdk-lib";
import { NagMessageLevel, NagPack } from "cdk-nag";
import type { IConstruct } from "constructs";
import { explainedStatements } from "./explained-statements.ts";
import { functionHost } from "./function-host.ts";
import { partialBatches } from "./partial-batches.ts";
import type { Rule } from "./rule.ts";
import { urlPermissions } from "./url-permissions.ts";
import { visibilityTimeout } from "./visibility-timeout.ts";

const RULES: readonly Rule[] = [urlPermissions, visibilityTimeout, partialBatches, functionHost, explainedStatements];

/** What cdk-nag's own packs lack and this stack promises. */
export class FlashpointChecks extends NagPack {
  override readonly name = "Flashpoint";
  override readonly ruleIds = RULES.map(({ name }) => `Flashpoint-${name}`);

  constructor(scope?: IConstruct) {
    super(scope);
    this.packName = "Flashpoint";
  }

  protected override checkResource(node: CfnResource): void {
    for (const { name, info, explanation, check } of RULES) {
      this.applyRule({
        ruleSuffixOverride: name,
        info,
        explanation,
        level: NagMessageLevel.ERROR,
        node,
        rule: check,
      });
    }
  }
}
