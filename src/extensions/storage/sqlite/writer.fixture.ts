import { writeUntilKilled } from '../../../extension-points/storage/conformance.ts';
import { openSqliteStorage } from './sqlite-storage.ts';

// Run by the conformance test in a process of its own: `writer.fixture.ts <path>`.
await writeUntilKilled(await openSqliteStorage({ path: process.argv[2]! }), (line) => process.stdout.write(`${line}\n`));
