import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// What was compiled by one start is read by the next, which saves it a fifth of its time. Beside the bundle, so that it goes when the bundle does; a directory that
// cannot be written means no cache. Before everything else is loaded.
if (import.meta.filename.endsWith('.js')) enableCompileCache(join(import.meta.dirname, '.compile-cache'));
const { program } = await import('./distributions/program.ts');

process.exitCode = await program();
// Long-lived commands have let go of everything by now; what a library still holds (idle sockets) must not keep a finished command alive.
process.exit();
