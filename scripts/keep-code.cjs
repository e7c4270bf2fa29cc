// @ts-check
/** Runs command lines with the hot part of the bundle, then keeps the code that V8 made for them beside it: `keep-code.cjs HOT-PART LINE...`. */
const { renameSync, writeFileSync } = require('node:fs');
const { loadHotPart } = require('./load-hot-part.cjs');

const [node = '', , path = '', ...lines] = process.argv;
const { script, exports: hotPart } = loadHotPart(path);

async function keepCode() {
  let code = 0;
  for (const line of lines) {
    process.argv = [node, path, ...line.split(' ')];
    code ||= await hotPart.program();
  }
  // What starts meanwhile must not read half of it.
  const written = `${path}.code.${process.pid}`;
  writeFileSync(written, script.createCachedData());
  renameSync(written, `${path}.code`);
  process.exit(code);
}

void keepCode();
