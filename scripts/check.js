// @ts-check
/** `npm run check`: types, lint, format, layers, and unit and conformance tests. `--static` leaves the tests out. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { nodeBinary, root, setUp } from './setup.js';

setUp({ bundle: false });
const binary = (/** @type {string} */ name) => join(root, 'node_modules', '.bin', name);
/** @type {[string, string, string[]][]} */
const checks = [
  ['types', binary('tsc'), ['-p', root]],
  ['layers', nodeBinary(), [join(root, 'scripts', 'layers.js')]],
  ['lint: promises', binary('oxlint'), ['--type-aware', '--quiet', 'src', 'scripts', 'test', 'bench', 'examples']],
  ['lint and format', binary('biome'), ['check', '--diagnostic-level=error', '--max-diagnostics=30', root]],
];
if (!process.argv.includes('--static'))
  checks.push(['unit and conformance tests', nodeBinary(), ['--test', '--test-reporter=dot', 'src/**/*.test.ts', 'examples/**/*.test.ts']]);
let failed = 0;
for (const [name, command, args] of checks) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  process.stderr.write(`${status === 0 ? 'ok    ' : 'FAILED'} ${name}\n`);
  if (status !== 0) failed++;
}
process.exit(failed === 0 ? 0 : 1);
