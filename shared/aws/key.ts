/** Most bytes that DynamoDB takes as the value of a partition key, of a table or an index. */
export const MAX_KEY_BYTES = 2_048;

/** Whether DynamoDB can hold anything under this key. It refuses a request that names another, and a whole batch with it. */
export function isKey(text: string): boolean {
  return text !== "" && Buffer.byteLength(text) <= MAX_KEY_BYTES;
}
