import { expect, test } from "vitest";
import { instanceIdOf, processIdOf, serviceIdOf } from "../../shared/agent/process-id.ts";

// Worked out with `base64` and `openssl dgst -sha256`.
test.each([
  {
    names: ["checkout", "pod-1", "java"],
    serviceId: "Y2hlY2tvdXQ=.1",
    instanceId: "Y2hlY2tvdXQ=.1_cG9kLTE=",
    processId: "2c70e6c8b9095f9bc020d410fcc96ad7ae8e17bcfd6a9442a86b4bb3ace44a6e",
  },
  {
    names: ["größe::日本", "a@10.0.0.1", "sqrt server"],
    serviceId: "Z3LDtsOfZTo65pel5pys.1",
    instanceId: "Z3LDtsOfZTo65pel5pys.1_YUAxMC4wLjAuMQ==",
    processId: "a971afff4eca0fd73c51c28fd794e912e5bf9318c1ddb8f4e03220f7872afa09",
  },
  {
    names: ["a??>", "b", "c"], // base64 with characters that the URL-safe kind would change
    serviceId: "YT8/Pg==.1",
    instanceId: "YT8/Pg==.1_Yg==",
    processId: "c448e7fb39e5cbcc315fc77d2d79e4692d920504e9168b2c5d3498b6bd11f836",
  },
  {
    names: ["", "", ""],
    serviceId: ".1",
    instanceId: ".1_",
    processId: "91eb03f9d375424617bcb9a15f0570af56445e82b9558037b13baf1638ab39d7",
  },
])("$names have the ids that SkyWalking gives them", ({ names, ...ids }) => {
  const [serviceName = "", instanceName = "", processName = ""] = names;
  expect({
    serviceId: serviceIdOf(serviceName),
    instanceId: instanceIdOf(serviceName, instanceName),
    processId: processIdOf({ serviceName, instanceName, processName }),
  }).toEqual(ids);
});
