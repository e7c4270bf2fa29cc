import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import { resourcePath } from '../../../client/request-paths.ts';
import type { CommandContext } from '../contract.ts';
import { findOrDefaultContainer } from '../workloads/containers.ts';
import { DetachFilter, defaultDetachKeys, parseDetachKeys } from './detach-keys.ts';
import { runRemoteCommand } from './run-remote-command.ts';
import { openSession } from './session-streams.ts';

export interface AttachWishes {
  /** `''`: the one that the pod names, or its first. */
  readonly container: string;
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly isQuiet: boolean;
  readonly detachKeys?: string;
  /** How to come back is told with these words in front. Default: the command's own path. */
  readonly commandName?: string;
}

const recordingNote =
  'All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.';

/** Joins the process of a container to this program's streams until it ends, the keys to detach are typed or the connection is lost. */
export async function attachToContainer(context: Pick<CommandContext, 'cluster' | 'streams' | 'commandPath'>, pod: Pod, wishes: AttachWishes): Promise<void> {
  const { cluster, streams } = context;
  const { stdin, isQuiet } = wishes;
  const container = attachedContainer(pod, wishes, isQuiet ? undefined : context);
  const hasTty = container.tty === true;
  if (wishes.tty && !hasTty && !isQuiet) streams.stderr.write(`error: Unable to use a TTY - container ${container.name} did not allocate one\n`);
  const detachKeys = parseDetachKeys(wishes.detachKeys || defaultDetachKeys);
  {
    using session = openSession(streams, { stdin, tty: hasTty, isQuiet, redraws: true });
    if (!isQuiet) streams.stderr.write(`${recordingNote}\nIf you don't see a command prompt, try pressing enter.\n`);
    const query = new URLSearchParams({ container: container.name, ...(stdin ? { stdin: 'true' } : {}), stdout: 'true' });
    query.set(session.isRaw ? 'tty' : 'stderr', 'true');
    const path = `${resourcePath(pods, { namespace: pod.metadata.namespace, name: pod.metadata.name!, subresource: 'attach' })}?${query}`;
    const filter = session.isRaw ? new DetachFilter(detachKeys) : undefined;
    const input = filter && session.stdin ? session.stdin.pipe(filter) : session.stdin;
    const detached = filter && new Promise<void>((resolve) => filter.once('detached', resolve));
    const running = runRemoteCommand(cluster, {
      path,
      stdin: input,
      stdout: session.stdout,
      stderr: session.stderr,
      tty: session.isRaw,
      sizes: session.sizes,
    });
    if (detached) running.catch(() => {}); // whoever leaves does not hear how it went on
    await (detached ? Promise.race([running, detached]) : running);
    if (filter) session.stdin?.unpipe(filter);
    if (session.isRaw && stdin && !isQuiet) streams.stdout.write(`${farewell(pod, container.name, wishes.commandName ?? context.commandPath)}\n`);
  }
}

function attachedContainer(
  pod: Pod,
  { container }: AttachWishes,
  told: Pick<CommandContext, 'streams'> | undefined,
): ReturnType<typeof findOrDefaultContainer> {
  try {
    return findOrDefaultContainer(pod, container, told?.streams.stderr);
  } catch (error) {
    throw new Error(`cannot attach to the container: ${(error as Error).message}`, { cause: error });
  }
}

function farewell(pod: Pod, container: string, command: string): string {
  const again = `'${command} ${pod.metadata.name} -c ${container} -n ${pod.metadata.namespace} -i -t'`;
  const isEphemeral = pod.spec?.ephemeralContainers?.some(({ name }) => name === container) ?? false;
  return isEphemeral
    ? `Session ended, the ephemeral container will not be restarted but may be reattached using ${again} if it is still running`
    : `Session ended, resume using ${again} command`;
}
