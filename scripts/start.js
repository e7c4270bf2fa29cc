// @ts-check
/** `npm start [-- options of wherry up]`: sets up what is missing, then brings the cluster up. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { nodeBinary, root, setUp } from './setup.js';

try {
  setUp();
} catch (error) {
  process.stderr.write(`set-up: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
const child = spawn(nodeBinary(), [join(root, 'dist', 'wherry.js'), 'up', ...process.argv.slice(2)], { stdio: 'inherit' });
// The terminal sends Ctrl-C to the whole group, so the child stops by itself; this process only waits for it. A direct signal is passed on.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
