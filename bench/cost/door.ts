/** How agents reach the stack: by the function URL, or by the edge in place of it. */
export type Door = "function" | "edge";
