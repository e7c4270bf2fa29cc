import type { Readable, Writable } from 'node:stream';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import { resourcePath } from '../../../client/request-paths.ts';
import type { Output } from '../../../extension-points/commands/contract.ts';
import { getObject } from '../../../extension-points/commands/resources/object-requests.ts';
import { runRemoteCommand } from '../../../extension-points/commands/streaming/run-remote-command.ts';
import { findContainer, findOrDefaultContainer, noSuchContainer } from '../../../extension-points/commands/workloads/containers.ts';
import type { CopyContext } from './cp-command.ts';

export interface PodPlace {
  readonly namespace: string;
  readonly name: string;
}

export interface PodCommand {
  readonly command: readonly string[];
  readonly stdin?: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Told which container was taken when none was named. */
  readonly warnings?: Output;
}

/** Runs a command in a pod's container until it ends. Throws `ExitCode` when that is not with 0. */
export async function runInPod(
  { cluster, flags }: CopyContext,
  { namespace, name }: PodPlace,
  { command, stdin, stdout, stderr, warnings }: PodCommand,
): Promise<void> {
  const pod = (await getObject(cluster.client(), { resource: pods, namespace, name })) as unknown as Pod;
  const { phase } = pod.status ?? {};
  if (phase === 'Succeeded' || phase === 'Failed') throw new Error(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  if (flags.container !== '' && !findContainer(pod, flags.container)) throw noSuchContainer(pod, flags.container);
  const query = new URLSearchParams(command.map((word) => ['command', word]));
  query.set('container', findOrDefaultContainer(pod, flags.container, warnings).name);
  if (stdin) query.set('stdin', 'true');
  query.set('stdout', 'true');
  query.set('stderr', 'true');
  const path = `${resourcePath(pods, { namespace, name, subresource: 'exec' })}?${query}`;
  await runRemoteCommand(cluster, { path, stdin, stdout, stderr });
}
