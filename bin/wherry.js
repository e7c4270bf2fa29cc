#!/bin/sh
':' //; self=$0; [ -L "$self" ] && self=$(readlink -f "$self"); root=${self%/*}/..
':' //; for node in "$root"/node_modules/node-*/bin/node; do
':' //;   [ -x "$node" ] && [ -f "$root/dist/wherry.cjs" ] && WHERRY_CALLED_AS="${WHERRY_CALLED_AS:-${0##*/}}" exec "$node" --min-semi-space-size=4 "$root/dist/wherry.cjs" "$@"
':' //; done
':' //; exec node "$self" "$@"
// @ts-check
/**
 * The `wherry` command: runs the bundle under the pinned Node. The lines above are a shell script, which starts that Node at once where everything is in place: a start
 * by way of another Node takes twice as long. To JavaScript they are comments behind texts. What follows is for any Node: it sets up what is missing.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bundle = join(root, 'dist', 'wherry.cjs');
// A link named kubectl makes a kubectl; the bundle sees its own name only.
process.env.WHERRY_CALLED_AS ??= basename(process.argv[1] ?? '');
try {
  // Loaded only where it is needed: most starts find everything in place.
  if (!existsSync(bundle)) (await import('../scripts/setup.js')).setUp();
  await start();
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}

async function start() {
  if (Number(process.versions.node.split('.')[0]) >= 26) {
    process.argv[1] = bundle;
    await import(pathToFileURL(bundle).href);
    return;
  }
  const [{ spawn }, { nodeBinary }] = await Promise.all([import('node:child_process'), import('../scripts/setup.js')]);
  const child = spawn(nodeBinary(), [bundle, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}
