import type { ContainerStatus, Pod } from '../../../../api/generated/core-v1.ts';

export interface PodState {
  /** As the table of `get pods` has it: `Running`, `CrashLoopBackOff`, `Init:0/1`, `Terminating`. */
  readonly text: string;
  readonly ready: number;
  readonly containers: number;
  readonly restarts: number;
  readonly mood: 'good' | 'bad' | 'warning' | undefined;
}

/** What a pod is doing, by the rules of the server's own table. */
export function podState(pod: Pod): PodState {
  const { initContainerStatuses: starting = [], containerStatuses: main = [] } = pod.status ?? {};
  const text = reasonOf(pod, starting, main);
  const ready = main.filter((status) => status.ready).length;
  const containers = pod.spec.containers.length;
  return {
    text,
    ready,
    containers,
    restarts: [...main, ...starting].reduce((sum, { restartCount }) => sum + restartCount, 0),
    mood: moodOf(text, ready === containers),
  };
}

function reasonOf(pod: Pod, starting: readonly ContainerStatus[], main: readonly ContainerStatus[]): string {
  const { phase = 'Pending', reason = phase } = pod.status ?? {};
  if (pod.metadata.deletionTimestamp) return reason === 'NodeLost' ? 'Unknown' : 'Terminating';
  if (phase === 'Pending' && pod.status?.conditions?.some(({ type, reason: why }) => type === 'PodScheduled' && why === 'SchedulingGated'))
    return 'SchedulingGated';
  const sidecars = new Set((pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name));
  const unfinished = starting.findIndex(({ name, state, started }) => (sidecars.has(name) ? !started : state?.terminated?.exitCode !== 0));
  if (unfinished >= 0 && phase === 'Pending') {
    const why = troubleOf(starting[unfinished]!);
    return why && why !== 'PodInitializing' ? `Init:${why}` : `Init:${unfinished}/${starting.length}`;
  }
  const troubles = main.map(troubleOf).filter((trouble) => trouble !== undefined);
  const trouble = troubles.find((each) => each !== 'Completed') ?? troubles[0];
  return trouble === 'Completed' && main.some(({ state }) => state?.running)
    ? main.every(({ ready, state }) => ready || !state?.running)
      ? 'Running'
      : 'NotReady'
    : (trouble ?? reason);
}

function troubleOf({ state }: ContainerStatus): string | undefined {
  if (state?.waiting?.reason) return state.waiting.reason;
  if (!state?.terminated) return undefined;
  const { reason, signal, exitCode } = state.terminated;
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);
}

function moodOf(text: string, isReady: boolean): PodState['mood'] {
  if (text === 'Running') return isReady ? 'good' : 'warning';
  if (text === 'Completed' || text === 'Succeeded') return undefined;
  return /^(?:Pending|ContainerCreating|PodInitializing|Terminating|SchedulingGated|NotReady|Init:\d)/.test(text) ? 'warning' : 'bad';
}
