import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { newsText } from "../../cli/tasks/news-line.ts";
import { displayWidth } from "../../cli/terminal/display-width.ts";
import { plain } from "../../cli/terminal/style.ts";
import { TaskCauseSchema } from "../../shared/gen/flashpoint/v1/task_pb.js";
import { taskReported } from "../support/delivered-events.ts";

const line = (fields: Parameters<typeof taskReported>[0]): string =>
  plain(newsText({ kind: "task", record: { task: taskReported(fields).task, deliveries: {} } }));

it.each(["checkout", "決済", "決済サービスの支払い処理を行うもの", "🔥".repeat(40)])(
  "a line of tasks watch is as wide for %s as for any other name",
  (serviceName) => {
    const usual = displayWidth(line({}));
    expect(displayWidth(line({ serviceName }))).toBe(usual);
    expect(displayWidth(line({ processName: serviceName }))).toBe(usual);
    const causes = [create(TaskCauseSchema, { uri: { case: "uriRegex", value: serviceName.repeat(9) } })];
    expect(displayWidth(line({ causes }))).toBe(usual);
  },
);
