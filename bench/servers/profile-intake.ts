/** The gRPC port alone, as on the edge: the engines that it uses are in another process. */
import { buildGrpcServer } from "../../server/grpc/grpc-server.ts";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { loadConfig } from "../../shared/config.ts";
import { createLogger } from "../../shared/log.ts";
import { routes } from "../../shared/routes.ts";
import { createServices } from "../../shared/services.ts";
import { serveParent } from "./serve-parent.ts";

await serveParent(async () => {
  const aws = createAwsClients(); // where the engines are stands in the environment
  const services = createServices({ config: loadConfig(), log: createLogger("warn", process.stderr), aws });
  const server = buildGrpcServer(routes(services));
  const { port } = await server.listen("127.0.0.1", 0);
  return { port, stop: () => server.close(0) };
});
