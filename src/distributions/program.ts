import { runProgram } from '../components/cli/command-line.ts';
import { flushed } from '../extension-points/commands/output-failures.ts';
import { verbs } from './commands.ts';

/** Runs what was typed; answers the exit code. What runs a cluster is loaded by the commands that need it. */
export const program = (): Promise<number> => runProgram({ verbs, loadDistribution: async () => (await import('./standard.ts')).standard });

/** Runs what was typed, and ends the process. */
export async function runToTheEnd(): Promise<never> {
  process.exitCode = await program();
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  // Long-lived commands have let go of everything by now; what a library still holds (idle sockets) must not keep a finished command alive.
  process.exit();
}
