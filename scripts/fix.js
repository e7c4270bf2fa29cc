// @ts-check
/** `npm run fix`: what `npm run check` complains about and a program can mend: format, import order, safe lint fixes. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './setup.js';

const { status } = spawnSync(join(root, 'node_modules', '.bin', 'biome'), ['check', '--write', '--diagnostic-level=error', root], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
