/** Says how many milliseconds it takes Node to load a bundle, as Lambda's runtime does: by `require`. */
const from = performance.now();
require(process.argv[2]);
process.stdout.write(`${performance.now() - from}\n`);
process.exit();
