import type { ContainerConfig, PodSandboxConfig } from '../../../extension-points/runtime/contract.ts';

/** How a simulated container lives. */
export interface Behaviour {
  /** How long it takes to start, as a large image would. Default 0; at most 600. */
  readonly startSeconds: number;
  /** How long it runs before it exits by itself; absent: until it is stopped. */
  readonly runSeconds?: number;
  /** Code of an exit by itself. Default 0. */
  readonly exitCode: number;
  /** Why it exited, `OOMKilled` for instance; absent: told from the code. */
  readonly exitReason?: string;
  /** Code of an exit after the stop signal. Default 0. */
  readonly stopExitCode: number;
  /** How long it takes to stop. Past the grace period it is killed, with code 137. Default 0. */
  readonly stopSeconds: number;
  /** What commands in it answer: probes, hooks. Default 0. */
  readonly execExitCode: number;
  /** What it writes to stdout when it starts. */
  readonly log: string;
  /** Load, for metrics and autoscaling. */
  readonly cpuMillicores: number;
  readonly memoryBytes: number;
}

/** Overrides what annotations and the command say, per container; for tests. */
export type Script = (container: ContainerConfig, sandbox: PodSandboxConfig) => Partial<Behaviour>;

/** Annotations and labels of a pod that begin with this say how its containers behave: `run-seconds`, or `run-seconds.<container>` for one of them. */
export const simulationPrefix = 'simulate.wherry.dev/';

// Containers of jobs would otherwise never finish. One second lets watchers see them running.
const jobRunSeconds = 1;
// A container that starts cannot be stopped meanwhile.
const maximumStartSeconds = 600;

/**
 * Decides how a container behaves, in this order: the script; the pod's annotations, then labels (`start-seconds`, `run-seconds`, `exit-code`, `exit-reason`, `stop-exit-code`,
 * `stop-seconds`, `exec-exit-code`, `log`, `cpu-millicores`, `memory-bytes`); the rules of the simulation; commands that are easy to foresee (`sleep 5`, `true`, `false`, `echo x`); a pod of
 * a Job finishes after a second; anything else runs until it is stopped. Settings that are not numbers are ignored.
 */
export function behaviourOf(container: ContainerConfig, sandbox: PodSandboxConfig, { script, rules }: { script?: Script; rules?: Script } = {}): Behaviour {
  const read = settingReader(container, sandbox);
  const number = (name: string): number | undefined => {
    const text = read(name);
    const value = Number(text);
    return text === undefined || text.trim() === '' || !Number.isFinite(value) || value < 0 ? undefined : value;
  };
  const ruled = rules?.(container, sandbox) ?? {};
  const foreseen = foresee([...container.command, ...container.args]);
  const isJob = 'batch.kubernetes.io/job-name' in sandbox.labels || 'job-name' in sandbox.labels;
  const runSeconds = number('run-seconds') ?? ruled.runSeconds ?? foreseen.runSeconds ?? (isJob ? jobRunSeconds : undefined);
  const exitReason = read('exit-reason') ?? ruled.exitReason;
  return {
    startSeconds: Math.min(number('start-seconds') ?? ruled.startSeconds ?? 0, maximumStartSeconds),
    ...(runSeconds === undefined ? {} : { runSeconds }),
    exitCode: number('exit-code') ?? ruled.exitCode ?? foreseen.exitCode ?? 0,
    ...(exitReason === undefined ? {} : { exitReason }),
    stopExitCode: number('stop-exit-code') ?? 0,
    stopSeconds: number('stop-seconds') ?? 0,
    execExitCode: number('exec-exit-code') ?? 0,
    log: read('log') ?? foreseen.log ?? `simulated container ${container.metadata.name} started`,
    cpuMillicores: number('cpu-millicores') ?? 1,
    memoryBytes: number('memory-bytes') ?? 8 * 1024 * 1024,
    ...script?.(container, sandbox),
  };
}

function settingReader(container: ContainerConfig, sandbox: PodSandboxConfig): (name: string) => string | undefined {
  const places = [container.annotations, sandbox.annotations, sandbox.labels];
  return (name) => {
    for (const place of places) {
      const found = place[`${simulationPrefix}${name}.${container.metadata.name}`] ?? place[simulationPrefix + name];
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

function foresee(words: readonly string[]): { runSeconds?: number; exitCode?: number; log?: string } {
  const [program = '', ...rest] = words;
  const name = program.slice(program.lastIndexOf('/') + 1);
  if (name === 'true') return { runSeconds: 0 };
  if (name === 'false') return { runSeconds: 0, exitCode: 1 };
  if (name === 'echo') return { runSeconds: 0, log: rest.join(' ') };
  if (name === 'sleep' && rest.length === 1 && Number.isFinite(Number(rest[0]))) return { runSeconds: Number(rest[0]) };
  return {};
}
