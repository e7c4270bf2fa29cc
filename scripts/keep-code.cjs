// @ts-check
/** Runs a command line with the hot part of the bundle, then keeps the code that V8 made for it beside it: `keep-code.cjs HOT-PART WORD...`. */
const { renameSync, writeFileSync } = require('node:fs');
const { loadHotPart } = require('./load-hot-part.cjs');

const [node = '', , path = '', ...words] = process.argv;
process.argv = [node, path, ...words];
const { script, exports: hotPart } = loadHotPart(path);
hotPart.program().then((/** @type {number} */ code) => {
  // What starts meanwhile must not read half of it.
  const written = `${path}.code.${process.pid}`;
  writeFileSync(written, script.createCachedData());
  renameSync(written, `${path}.code`);
  process.exit(code);
});
