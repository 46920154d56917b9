import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** The kernel's unit in /proc, which Linux has fixed for user space. */
const TICKS_PER_SECOND = 100;

/** CPU time that a process has used so far, in ms, from the operating system. */
export async function cpuTimeMs(pid: number): Promise<number> {
  return process.platform === "linux" ? fromProc(await readFile(`/proc/${pid}/stat`, "utf8")) : fromPs(pid);
}

/** proc(5): the name may hold spaces and parentheses, so count from the last one; utime and stime are fields 14, 15. */
function fromProc(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1_000;
}

/** `ps` prints `[[days-]hours:]minutes:seconds`. */
async function fromPs(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)("ps", ["-o", "time=", "-p", String(pid)], { timeout: 2_000 });
  const [days, clock] = stdout.includes("-") ? stdout.trim().split("-") : ["0", stdout.trim()];
  const seconds = (clock ?? "").split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return (Number(days) * 86_400 + seconds) * 1_000;
}
