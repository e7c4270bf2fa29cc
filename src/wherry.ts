import { runCommandLine } from './components/cli/main.ts';
import { standard } from './distributions/standard.ts';

process.exitCode = await runCommandLine(standard, process.argv.slice(2));
// Long-lived commands have let go of everything by now; what a library still holds (idle sockets) must not keep a finished command alive.
process.exit();
