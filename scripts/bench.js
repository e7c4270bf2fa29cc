// @ts-check
/** `npm run bench [-- NAME ...] [--json]`: measures each row beside its floor in one run. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { nodeBinary, root, setUp, testPackages } from './setup.js';

setUp({ extraPackages: testPackages });
const { status } = spawnSync(nodeBinary(), [join(root, 'bench', 'main.ts'), ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
process.exit(status ?? 1);
