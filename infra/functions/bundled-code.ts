import { join } from "node:path";
import { AssetHashType, DockerImage } from "aws-cdk-lib";
import { Code } from "aws-cdk-lib/aws-lambda";
import { bundleFunction, type FunctionName } from "../bundle.ts";

/** A function's package, bundled when the stack is synthesised and only if it is. */
export function bundledCode(name: FunctionName): Code {
  return Code.fromAsset(join(import.meta.dirname, "../../functions", name), {
    assetHashType: AssetHashType.OUTPUT, // the same bytes are the same asset, wherever they were bundled
    bundling: {
      image: DockerImage.fromRegistry("unused"), // asked for by the type; we need no Docker
      local: {
        tryBundle(outputDir) {
          bundleFunction(name, outputDir);
          return true;
        },
      },
    },
  });
}
