/** Whether a process can be profiled, as a column says it. */
export function profilableText(profilable: boolean | undefined): string {
  if (profilable === undefined) return "-";
  return profilable ? "yes" : "no";
}

export const PROFILABLE_HELP =
  "PROFILABLE: what the agent says of the process, support_ebpf_profiling; - means it did not say.";
