import { startLocalEngines } from "../../server/local/local-engines.ts";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { type CollectorStore, createCollectorStore } from "../../shared/collectors/collector-store.ts";
import { loadConfig } from "../../shared/config.ts";
import { tableName } from "../../shared/resources.ts";
import { type HandEdits, openHandEdits } from "./hand-edits.ts";
import { type SwitchableProxy, startSwitchableProxy } from "./switchable-proxy.ts";
import { FREE_PORTS, temporaryFolder } from "./world.ts";

/** The table of collectors in an embedded DynamoDB of its own. */
export interface CollectorTable {
  readonly documents: ReturnType<typeof createAwsClients>["documents"];
  readonly table: string;
  readonly store: CollectorStore;
  readonly hand: HandEdits;
  /** Stands before the engine, for all but `hand`. */
  readonly proxy: SwitchableProxy;
  close(): Promise<void>;
}

export async function openCollectorTable(): Promise<CollectorTable> {
  const folder = await temporaryFolder();
  const config = loadConfig(FREE_PORTS, { FLASHPOINT_DATA_DIR: folder.path });
  const engines = await startLocalEngines(config);
  const proxy = await startSwitchableProxy(Number(new URL(engines.aws.dynamodbEndpoint).port));
  const aws = createAwsClients({ ...engines.aws, dynamodbEndpoint: `http://127.0.0.1:${proxy.port}` });
  const table = tableName(config.stack, "collectors");
  const hand = openHandEdits({ config, server: { engines } });
  return {
    documents: aws.documents,
    table,
    store: createCollectorStore(aws.documents, table),
    hand,
    proxy,
    async close() {
      hand.close();
      aws.destroy();
      await proxy.close();
      await engines.close();
      await folder.remove();
    },
  };
}
