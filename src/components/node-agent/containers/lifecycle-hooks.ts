import type { LifecycleHandler } from '../../../api/generated/core-v1.ts';
import type { Runtime } from '../../../extension-points/runtime/contract.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { checkHttp } from '../probes/http-check.ts';
import { checkTcp } from '../probes/tcp-check.ts';
import { portNumber, type CheckTarget } from '../probes/contract.ts';

export interface HookDeps { readonly runtime: Runtime; readonly clock: Clock; readonly isSimulated: boolean }

/** A hook that did not succeed; its message is for events. */
export class HookError extends Error {
  override readonly name = 'HookError';
}

/** Runs a postStart or preStop handler to its end. `timeoutSeconds` 0: as long as it takes. Throws a `HookError`. */
export async function runHook(deps: HookDeps, target: CheckTarget, handler: LifecycleHandler, options: { timeoutSeconds: number; signal?: AbortSignal }): Promise<void> {
  if (handler.exec) return runExec(deps, target, handler.exec.command ?? [], options.timeoutSeconds);
  if (handler.sleep) return sleep(deps, handler.sleep.seconds, options);
  if (deps.isSimulated) return;
  const timeoutMs = options.timeoutSeconds > 0 ? options.timeoutSeconds * 1000 : 60_000;
  const result = handler.httpGet ? await checkHttp(target, handler.httpGet, timeoutMs)
    : handler.tcpSocket ? await checkTcp(handler.tcpSocket.host || target.podIp, portNumber(handler.tcpSocket.port, target.container), timeoutMs)
      : { outcome: 'unknown' as const, output: 'invalid handler' };
  if (result.outcome === 'failure' || result.outcome === 'unknown') throw new HookError(result.output);
}

async function runExec({ runtime }: HookDeps, { containerId }: CheckTarget, command: readonly string[], timeoutSeconds: number): Promise<void> {
  const { exitCode, stdout, stderr } = await runtime.execSync(containerId, command, timeoutSeconds).catch((error: unknown) => {
    throw new HookError((error as Error).message, { cause: error });
  });
  if (exitCode === 0) return;
  const output = Buffer.concat([stdout, stderr]).subarray(0, 2048).toString();
  throw new HookError(`command '${command.join(' ')}' exited with ${exitCode}: ${Buffer.from(stderr).toString()}, message: ${JSON.stringify(output)}`);
}

async function sleep({ clock }: HookDeps, seconds: number, { timeoutSeconds, signal }: { timeoutSeconds: number; signal?: AbortSignal }): Promise<void> {
  const boundedSeconds = timeoutSeconds > 0 ? Math.min(seconds, timeoutSeconds) : seconds;
  await clock.sleep(boundedSeconds * 1000, signal).catch((error: unknown) => { throw new HookError('sleep was interrupted', { cause: error }); });
}
