/**
 * A checkout service at its busiest, for a profiler to look at: it takes one order after the other, parses it, prices it
 * and renders the receipt. It ends when whoever started it is gone, and by itself should even that fail.
 */
const LIFETIME_MS = 90_000;
/** Orders between two looks at the event loop. */
const BATCH = 200;
const CATALOGUE = ["lamp", "desk", "chair", "shelf", "carpet", "mirror"];

interface Order {
  id: number;
  country: string;
  lines: { article: string; quantity: number; cents: number }[];
}

function incomingOrder(id: number): string {
  const lines = CATALOGUE.map(
    (article, index) => `${article}*${1 + ((id + index) % 9)}@${199 + ((id * 37 + index) % 9_000)}`,
  );
  return `${id}|${["DE", "FR", "JP", "US"][id % 4]}|${lines.join(",")}`;
}

function parseOrder(text: string): Order {
  const [id = "", country = "", lines = ""] = text.split("|");
  return { id: Number(id), country, lines: lines.split(",").map(parseLine) };
}

function parseLine(text: string): Order["lines"][number] {
  const [, article = "", quantity = "", cents = ""] = /^(\w+)\*(\d+)@(\d+)$/.exec(text) ?? [];
  return { article, quantity: Number(quantity), cents: Number(cents) };
}

function priceOrder(order: Order): number {
  const net = order.lines.reduce((sum, line) => sum + line.quantity * line.cents, 0);
  const discount = bestDiscount(order);
  return Math.round((net - discount) * (1 + taxRate(order.country)));
}

/** Tries every set of articles for the one that the most is taken off for: what makes this service slow. */
function bestDiscount({ lines }: Order): number {
  let best = 0;
  for (let set = 1; set < 1 << lines.length; set++) best = Math.max(best, discountOf(lines, set));
  return best;
}

function discountOf(lines: Order["lines"], set: number): number {
  let articles = 0;
  let cents = 0;
  for (const [index, line] of lines.entries()) {
    if ((set & (1 << index)) === 0) continue;
    articles += 1;
    cents += line.cents * line.quantity;
  }
  return articles > 4 ? 0 : cents * 0.02 * articles; // more than four articles count as wholesale
}

function taxRate(country: string): number {
  return { DE: 0.19, FR: 0.2, JP: 0.1 }[country] ?? 0;
}

function renderReceipt(order: Order, total: number): string {
  const money = (cents: number): string => (cents / 100).toFixed(2).padStart(12);
  const lines = order.lines.map(({ article, quantity, cents }) => `${article.padEnd(20)}${money(cents * quantity)}`);
  return [`order ${order.id}`, ...lines, `${"total".padEnd(20)}${money(total)}`].join("\n");
}

function checkout(text: string): string {
  const order = parseOrder(text);
  return renderReceipt(order, priceOrder(order));
}

const endsAt = Date.now() + LIFETIME_MS;
let orders = 0;
let characters = 0;

function serve(): void {
  for (let left = BATCH; left > 0; left--) characters += checkout(incomingOrder(++orders)).length;
  if (Date.now() < endsAt) setImmediate(serve);
  else end();
}

function end(): never {
  process.stdout.write(`${orders} orders, ${characters} characters of receipts\n`);
  process.exit();
}

process.stdin.on("end", end).resume(); // a pipe that ends with the process at its other end
serve();
