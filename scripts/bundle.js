// @ts-check
/** Bundles wherry into dist/: one entry file, and one file per part that is loaded only when used. */
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
rmSync(join(root, 'dist'), { recursive: true, force: true });
await build({
  // Threads load a file of their own; node:sqlite's is named by the store.
  entryPoints: { wherry: join(root, 'src/wherry.ts'), 'sqlite-worker': join(root, 'src/extensions/storage/sqlite/worker.ts') },
  outdir: join(root, 'dist'),
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  // A dynamic import of a package's ES module keeps its named exports; of its CommonJS form it would not.
  mainFields: ['module', 'main'],
  target: 'node26',
  minifySyntax: true,
  legalComments: 'none',
  // CommonJS packages inside an ES module bundle still call require for Node's own modules.
  banner: { js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);" },
  logLevel: 'error',
});
