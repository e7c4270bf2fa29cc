import { runToTheEnd } from './distributions/program.ts';

// The bundle starts without this file: scripts/load-hot-part.cjs.
await runToTheEnd();
