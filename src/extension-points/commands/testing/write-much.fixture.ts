/** Writes as a command does, and exits: `node write-much.fixture.ts stdout|stderr BYTES`. */
import { flushed } from '../output-failures.ts';
import { processStreams } from '../streams.ts';

const [name, bytes] = process.argv.slice(2);
const output = processStreams(process, process.env)[name as 'stdout' | 'stderr'];
output.write('x'.repeat(Number(bytes)));
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
process.exit();
