import { type Runtime, RuntimeError } from '../../../extension-points/runtime/contract.ts';
import { type CheckResult, type CheckTarget, maximumOutput } from './contract.ts';

/** Runs a command inside the container; it succeeds when it exits with 0 in time. */
export async function checkExec(runtime: Runtime, target: CheckTarget, command: readonly string[], timeoutSeconds: number): Promise<CheckResult> {
  try {
    const { exitCode, stdout, stderr } = await runtime.execSync(target.containerId, command, timeoutSeconds);
    const output = Buffer.concat([stdout, stderr]).subarray(0, maximumOutput).toString();
    return { outcome: exitCode === 0 ? 'success' : 'failure', output };
  } catch (error) {
    const isTimeout = error instanceof RuntimeError && error.code === 'DEADLINE_EXCEEDED';
    if (isTimeout) return { outcome: 'failure', output: `command timed out: ${JSON.stringify(command.join(' '))} timed out after ${timeoutSeconds}s` };
    return { outcome: 'unknown', output: (error as Error).message };
  }
}
