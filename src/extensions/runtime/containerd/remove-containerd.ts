import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Runtime } from '../../../extension-points/runtime/contract.ts';
import { connectCri } from '../../../extension-points/runtime/cri.ts';
import type { Log } from '../../../kernel/log.ts';
import { readRecord, stopProcess } from './containerd-process.ts';
import { type Layout, layoutOf } from './layout.ts';
import { containerCgroups, killShims, removeCgroups, removeNetwork, unmountBelow } from './leftovers.ts';
import { readMachineRecord } from './machine-record.ts';
import { isAlive } from './process-identity.ts';

export interface RemoveOptions {
  /** What was given to `startContainerd`. */
  readonly directory: string;
  readonly log: Log;
  /** Cgroups that the node agent made for pods (`/kubepods-x`): removed with all groups in them once the containers are gone. */
  readonly cgroups?: readonly string[];
}

// Where containerd puts containers that name no group.
const defaultCgroup = '/k8s.io';
// Containers that are stopped with their cluster get no grace; the agent gives it before, when it drains the node.
const stopsAtOnce = 8;

/**
 * Stops the containers of a directory, then their containerd, and takes away what they made on the machine: shims, network namespaces, mounts, cgroups, bridge,
 * packet filter rules. Images stay. Works on what a crash left too, and does nothing where nothing is.
 */
export async function stopContainers({ directory, log, cgroups = [] }: RemoveOptions): Promise<void> {
  const layout = layoutOf(directory);
  if (!existsSync(directory)) return;
  const record = readRecord(layout);
  const used = containerCgroups(layout);
  if (record && isAlive(record)) {
    // Through containerd, because CNI plugins clean up only when they are called.
    await stopSandboxes(layout, log).catch((error: unknown) => log.warn('containerd did not stop its containers: they are killed', { error }));
    await stopProcess(record);
  }
  await killShims(layout);
  await removeCgroups([...used, ...cgroups, defaultCgroup]);
  await unmountBelow(layout.state);
  await removeNetwork(layout, readMachineRecord(layout)?.madeHostPortChains ?? false);
  await rm(layout.state, { recursive: true, force: true });
  await rm(layout.processFile, { force: true });
}

/** As `stopContainers`, and deletes the directory with all images. */
export async function removeContainerd(options: RemoveOptions): Promise<void> {
  await stopContainers(options);
  await unmountBelow(options.directory);
  await rm(options.directory, { recursive: true, force: true });
}

async function stopSandboxes(layout: Layout, log: Log): Promise<void> {
  await using runtime = await connectCri({ endpoint: `unix://${layout.socket}`, log });
  const waiting = [...(await runtime.listPodSandboxes())];
  const worker = async (): Promise<void> => {
    for (let sandbox = waiting.pop(); sandbox; sandbox = waiting.pop()) await stopSandbox(runtime, sandbox.id);
  };
  await Promise.all(Array.from({ length: stopsAtOnce }, worker));
}

async function stopSandbox(runtime: Runtime, id: string): Promise<void> {
  await runtime.stopPodSandbox(id);
  await runtime.removePodSandbox(id);
}
