import type { Pod } from '../../../api/generated/core-v1.ts';
import { notFound } from '../../../api/status.ts';
import type { CommandContext } from '../../../extension-points/commands/contract.ts';
import { ExitCode } from '../../../extension-points/commands/errors/command-errors.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { attachToContainer } from '../../../extension-points/commands/streaming/attach-to-container.ts';
import { printLog } from '../../../extension-points/commands/streaming/print-log.ts';
import { TimedOut, watchOne } from '../../../extension-points/commands/waiting/watch-one.ts';

export interface AttachedRun {
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly isQuiet: boolean;
  readonly detachKeys: string;
  readonly staysOpen: boolean;
  readonly restart: string;
  readonly timeoutMs: number;
}

type Host = Pick<CommandContext, 'cluster' | 'streams' | 'clock' | 'program'>;

/** Waits until the pod runs, joins it, and ends as its process does: an exit code other than 0 is this program's, too. */
export async function runAttached(host: Host, info: ResourceInfo, run: AttachedRun): Promise<void> {
  const pod = await podThat(host, info, run.timeoutMs, (seen) => isOver(seen) || isReady(seen));
  await join(host, pod, run);
  if (run.staysOpen || run.restart === 'Always') return;
  const end = await podThat(host, info, run.timeoutMs, run.restart === 'Never' ? isOver : ({ status }) => status?.phase === 'Succeeded');
  if (end.status?.phase === 'Failed') throw failure(end);
}

const isOver = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';
const isReady = ({ status }: Pod): boolean =>
  status?.phase === 'Running' && (status.conditions ?? []).some((condition) => condition.type === 'Ready' && condition.status === 'True');

async function podThat({ cluster, clock }: Host, info: ResourceInfo, timeoutMs: number, isIt: (pod: Pod) => boolean): Promise<Pod> {
  const seen = await watchOne({ client: cluster.client(), clock, timeoutMs }, info, (sighting) => {
    if (sighting.type === 'deleted') throw notFound({ group: '', resource: 'pods' }, '');
    return sighting.type === 'present' && isIt(sighting.object as unknown as Pod);
  }).catch((error: unknown) => {
    throw error instanceof TimedOut ? new Error('timed out waiting for the condition', { cause: error }) : error;
  });
  if (seen.type === 'absent') throw notFound({ group: '', resource: 'pods' }, info.name);
  return seen.object as unknown as Pod;
}

async function join(host: Host, pod: Pod, run: AttachedRun): Promise<void> {
  if (isOver(pod)) return printLog(host, pod, pod.spec.containers[0]!.name);
  const warn = (text: string): void => host.streams.stderr.write(`warning: ${text}\n`);
  const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
  await printLog(host, pod, pod.spec.containers[0]!.name).catch((error: unknown) => warn(`couldn't fetch pre-attach logs: ${reason(error)}`));
  const { stdin, tty, isQuiet, detachKeys } = run;
  const commandName = `${host.program} attach`;
  try {
    // A copy of the whole context would read its signal, and with that take Ctrl-C over.
    const { cluster, streams } = host;
    await attachToContainer({ cluster, streams, commandPath: commandName }, pod, { container: '', stdin, tty, isQuiet, detachKeys, commandName });
  } catch (error) {
    warn(`couldn't attach to pod/${pod.metadata.name}, falling back to streaming logs: ${reason(error)}`);
    await printLog(host, pod, pod.spec.containers[0]!.name);
  }
}

function failure({ metadata, status }: Pod): Error {
  const { exitCode = 0, reason = '', message = '' } = status?.containerStatuses?.[0]?.state?.terminated ?? {};
  const name = `pod ${metadata.namespace}/${metadata.name}`;
  return exitCode === 0 ? new Error(`${name} failed with unknown exit code`) : new ExitCode(exitCode, `${name} terminated (${reason})\n${message}`);
}
