import { compression } from "./cases/compression.ts";
import { headers } from "./cases/headers.ts";
import { forms, hosts } from "./cases/http.ts";
import { http2 } from "./cases/http2.ts";
import { jsonGroup } from "./cases/json.ts";
import { operators } from "./cases/operators.ts";
import { paths } from "./cases/paths.ts";
import { frames, protobuf } from "./cases/protobuf.ts";
import { reports } from "./cases/reports.ts";
import { sizes } from "./cases/sizes.ts";
import { slow } from "./cases/slow.ts";
import type { HostileGroup } from "./hostile-case.ts";

/** Every hostile case, in the order of the page. A new kind of them is a file in cases/ and a line here. */
export const GROUPS: readonly HostileGroup[] = [
  sizes,
  compression,
  protobuf,
  frames,
  jsonGroup,
  reports,
  headers,
  paths,
  forms,
  hosts,
  operators,
  slow,
  http2,
];
