// @ts-check
/** `npm run conformance`: third-party counterparts that need a Go toolchain; says so and succeeds where there is none. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { nodeBinary, root, setUp, testPackages } from './setup.js';

if (spawnSync('go', ['version'], { stdio: 'ignore' }).status !== 0) {
  process.stderr.write('conformance: skipped, no Go toolchain is on PATH\n');
  process.exit(0);
}
setUp({ extraPackages: testPackages });
const files = readdirSync(join(root, 'test', 'conformance'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.conformance.ts'));
const { status } = spawnSync(nodeBinary(), ['--test', '--test-timeout=600000', ...files.map((name) => join('test', 'conformance', name))], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
