import { type DescFile, type DescService, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import type { Server } from "@grpc/grpc-js";
import { ReflectionService } from "@grpc/reflection";
import { file_flashpoint_v1_fault } from "../../shared/gen/flashpoint/v1/fault_pb.js";

const PATHS = "/grpc.reflection.";

/** Whether a method is one of reflection's. */
export function isReflection(path: string): boolean {
  return path.startsWith(PATHS);
}

/**
 * Lets grpcurl and its like list our services and read their messages and error details (gRPC server reflection, v1
 * and v1alpha). The health service is left out: the descriptors that its library brings are ones that Go refuses.
 */
export function addReflection(server: Server, services: readonly DescService[]): void {
  const files = new Set<DescFile>();
  const add = (file: DescFile): void => {
    if (files.has(file)) return;
    files.add(file);
    file.dependencies.forEach(add);
  };
  for (const service of services) add(service.file);
  add(file_flashpoint_v1_fault);
  const fileDescriptorProtos = [...files].map((file) => Buffer.from(toBinary(FileDescriptorProtoSchema, file.proto)));
  const names = services.map(({ typeName }) => typeName);
  // The library takes what @grpc/proto-loader makes, but of that it reads these bytes alone.
  const definition = { files: { fileDescriptorProtos } } as unknown as ConstructorParameters<
    typeof ReflectionService
  >[0];
  new ReflectionService(definition, { services: names }).addToServer(server);
}
