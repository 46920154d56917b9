/** A process that works as hard as it can, but not for ever: should nobody end it, it ends itself. */
const LIFETIME_MS = 60_000;

const endsAt = Date.now() + LIFETIME_MS;
let sum = 0;
while (Date.now() < endsAt) {
  for (let step = 0; step < 1_000_000; step++) sum += Math.sqrt(step);
}
process.stdout.write(`${sum}\n`);
