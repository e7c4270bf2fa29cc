import type { HTTPGetAction, LifecycleHandler } from '../../../api/generated/core-v1.ts';
import type { Runtime } from '../../../extension-points/runtime/contract.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { CheckTarget } from '../probes/contract.ts';
import { askHttp } from '../probes/http-check.ts';

export interface HookDeps {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly isSimulated: boolean;
}

/** A hook that did not succeed; its message is for events. */
export class HookError extends Error {
  override readonly name = 'HookError';
}

/** Runs a postStart or preStop handler to its end. `timeoutSeconds` 0: as long as it takes. Throws a `HookError`. */
export async function runHook(
  deps: HookDeps,
  target: CheckTarget,
  handler: LifecycleHandler,
  options: { timeoutSeconds: number; signal?: AbortSignal },
): Promise<void> {
  if (handler.exec) return runExec(deps, target, handler.exec.command ?? [], options.timeoutSeconds);
  if (handler.sleep) return sleep(deps, handler.sleep.seconds, options);
  if (deps.isSimulated) return;
  // `tcpSocket` may be written down but was never run: upstream refuses it at this point too.
  if (!handler.httpGet) throw new HookError(`invalid handler: ${JSON.stringify(handler)}`);
  return runHttp(target, handler.httpGet, options);
}

/** Any answer is a success, whatever its status: only a request that gets none fails. */
async function runHttp(
  target: CheckTarget,
  action: HTTPGetAction,
  { timeoutSeconds, signal }: { timeoutSeconds: number; signal?: AbortSignal },
): Promise<void> {
  const limits = [...(timeoutSeconds > 0 ? [AbortSignal.timeout(timeoutSeconds * 1000)] : []), ...(signal ? [signal] : [])];
  const outcome = await askHttp(target, action, { userAgent: 'kube-lifecycle/1.36', signal: AbortSignal.any(limits) }).catch((error: unknown) => {
    throw new HookError((error as Error).message, { cause: error }); // a port name that the container does not have
  });
  if (outcome.kind === 'failed') throw new HookError(outcome.message);
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
  await clock.sleep(boundedSeconds * 1000, signal).catch((error: unknown) => {
    throw new HookError('sleep was interrupted', { cause: error });
  });
}
