import { runProgram } from '../components/cli/command-line.ts';
import { verbs } from './commands.ts';

/** Runs what was typed; answers the exit code. What runs a cluster is loaded by the commands that need it. */
export const program = (): Promise<number> => runProgram({ verbs, loadDistribution: async () => (await import('./standard.ts')).standard });
