/** As many of an id's last characters as people tell tasks apart by; its first ones are the time. */
const END = 8;

/** The end of a task's id, which `tasks show` takes for the whole, for instance `…7a294546`. */
export function shortId(taskId: string): string {
  return taskId.length <= END ? taskId : `…${taskId.slice(-END)}`;
}
