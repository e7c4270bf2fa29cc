import type { ContainerStatus, Pod } from '../../../api/generated/core-v1.ts';
import { notFound } from '../../../api/status.ts';
import type { CommandContext } from '../../../extension-points/commands/contract.ts';
import { writeWarning } from '../../../extension-points/commands/errors/write-warning.ts';
import { attachToContainer } from '../../../extension-points/commands/streaming/attach-to-container.ts';
import { printLog } from '../../../extension-points/commands/streaming/print-log.ts';
import { watchOne } from '../../../extension-points/commands/waiting/watch-one.ts';

type Host = Pick<CommandContext, 'cluster' | 'streams' | 'clock' | 'program'>;

export interface DebuggerAttachment {
  readonly container: string;
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly isQuiet: boolean;
}

/** Waits, as long as it takes, until a container of the pod runs, and joins it; one that has ended already, or cannot be joined, has its log printed. */
export async function attachToDebugger(host: Host, pod: Pod, wishes: DebuggerAttachment): Promise<void> {
  const { container, stdin, tty, isQuiet } = wishes;
  const { cluster, streams, program } = host;
  const started = await podWithContainer(host, pod, wishes);
  if (statusOf(started, container)?.state?.terminated) return printLog(host, started, container);
  const commandName = `${program} attach`;
  try {
    await attachToContainer({ cluster, streams, commandPath: commandName }, started, { container, stdin, tty, isQuiet, commandName });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    streams.stderr.write(`warning: couldn't attach to pod/${started.metadata.name}, falling back to streaming logs: ${reason}\n`);
    await printLog(host, started, container);
  }
}

async function podWithContainer({ cluster, clock, streams }: Host, { metadata }: Pod, { container, isQuiet }: DebuggerAttachment): Promise<Pod> {
  const resource = await cluster.mapper().resourceForKind('v1', 'Pod');
  const info = { resource, namespace: metadata.namespace, name: metadata.name!, source: '', object: undefined };
  const seen = await watchOne({ client: cluster.client(), clock, timeoutMs: Infinity }, info, (sighting) => {
    if (sighting.type === 'deleted') throw notFound({ group: '', resource: 'pods' }, '');
    if (sighting.type === 'absent') return false;
    const { running, terminated, waiting } = statusOf(sighting.object as unknown as Pod, container)?.state ?? {};
    if (waiting?.message && !isQuiet) writeWarning(streams.stderr, `container ${container}: ${waiting.message}`);
    return running !== undefined || terminated !== undefined;
  });
  if (seen.type === 'absent') throw notFound({ group: '', resource: 'pods' }, metadata.name!);
  return seen.object as unknown as Pod;
}

const statusOf = ({ status }: Pod, name: string): ContainerStatus | undefined =>
  [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? []), ...(status?.ephemeralContainerStatuses ?? [])].find(
    (container) => container.name === name,
  );
