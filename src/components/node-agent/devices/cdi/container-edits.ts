import type { Device, Mount } from '../../../../extension-points/runtime/contract.ts';
import type { ContainerDevices } from '../contract.ts';
import { deviceNode } from './device-node.ts';
import type { CdiEdits, CdiMount } from './edits.ts';
import { isQualifiedName } from './qualified-name.ts';
import { readCdiDevices } from './read-specs.ts';

export interface CdiPlaces {
  /** Default: `/etc/cdi` and `/var/run/cdi`; what is in a later one wins. */
  readonly directories?: readonly string[] | undefined;
  /** Where nodes are made that the host does not have. */
  readonly nodeDirectory: string;
}

const standardDirectories = ['/etc/cdi', '/var/run/cdi'];
/** Names may also come in annotations with this prefix, as runtimes took them before the interface had a field for them. */
const annotationPrefix = 'cdi.k8s.io/';

/**
 * Does to a container what its CDI devices say, for runtimes that do not: variables, device nodes, mounts and groups of the specification, then of the device (CDI 1.1).
 * Throws in the words of the CDI library when a device is not known (`cause` says what is wrong with the specifications there are), or when it asks for what only the
 * runtime can do: hooks, cache classes, network devices, mounts of other file systems. Of mounts, whether they are read-only and how they propagate is kept.
 */
export async function withCdiEdits(devices: ContainerDevices, { directories = standardDirectories, nodeDirectory }: CdiPlaces): Promise<ContainerDevices> {
  const names = [...new Set([...annotatedNames(devices.annotations), ...devices.cdiDevices])].filter((name) => name !== '');
  if (names.length === 0) return devices;
  const known = await readCdiDevices(directories);
  const unknown = names.filter((name) => !known.devices.has(name));
  if (unknown.length > 0) {
    const cause = known.problems.length > 0 ? new Error(known.problems.join('; ')) : undefined;
    throw new Error(`CDI device injection failed: unresolvable CDI devices ${unknown.join(', ')}`, cause && { cause });
  }
  const edits = new Set(names.flatMap((name) => [known.devices.get(name)!.common, known.devices.get(name)!.own]));
  let edited: ContainerDevices = { ...devices, cdiDevices: [] };
  for (const edit of edits) edited = await applied(edited, edit, nodeDirectory);
  const annotations = Object.fromEntries(Object.entries(edited.annotations).filter(([key]) => !key.startsWith(annotationPrefix)));
  return { ...edited, annotations };
}

function annotatedNames(annotations: ContainerDevices['annotations']): readonly string[] {
  const names = Object.entries(annotations).flatMap(([key, value]) => (key.startsWith(annotationPrefix) ? value.split(',') : []));
  const wrong = names.find((name) => !isQualifiedName(name));
  if (wrong !== undefined) throw new Error(`failed to parse CDI device annotations: invalid CDI device name ${JSON.stringify(wrong)}`);
  return names;
}

async function applied(devices: ContainerDevices, edit: CdiEdits, nodeDirectory: string): Promise<ContainerDevices> {
  if (edit.needsRuntime)
    throw new Error(`CDI device injection failed: ${edit.source} has ${edit.needsRuntime}, which needs a container runtime that supports CDI`);
  const variables = edit.environment.map((text) => ({ name: text.slice(0, text.indexOf('=')), value: text.slice(text.indexOf('=') + 1) }));
  const named = new Set(variables.map(({ name }) => name));
  const nodes: Device[] = [];
  for (const node of edit.deviceNodes) nodes.push(await deviceNode(node, nodeDirectory));
  const groups = [...new Set([...(devices.additionalGroups ?? []), ...edit.additionalGroups])];
  return {
    ...devices,
    environment: [...devices.environment.filter(({ name }) => !named.has(name)), ...variables],
    devices: [...devices.devices.filter(({ containerPath }) => !nodes.some((node) => node.containerPath === containerPath)), ...nodes],
    mounts: [...devices.mounts.filter(({ containerPath }) => !edit.mounts.some((mount) => mount.containerPath === containerPath)), ...edit.mounts.map(mountOf)],
    ...(groups.length > 0 ? { additionalGroups: groups } : {}),
  };
}

const mountOf = ({ hostPath, containerPath, options }: CdiMount): Mount => ({
  hostPath,
  containerPath,
  readonly: options.includes('ro'),
  propagation: options.some((option) => /^r?shared$/.test(option))
    ? 'bidirectional'
    : options.some((option) => /^r?slave$/.test(option))
      ? 'host-to-container'
      : 'private',
  seLinuxRelabel: false,
});
