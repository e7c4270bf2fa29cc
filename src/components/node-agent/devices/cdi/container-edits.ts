import type { Device, Mount } from '../../../../extension-points/runtime/contract.ts';
import type { ContainerDevices } from '../contract.ts';
import { deviceNode } from './device-node.ts';
import { type CdiEdits, readCdiSpecs } from './read-specs.ts';

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
 * Does to a container what its CDI devices say, for runtimes that do not: variables, device nodes and mounts of the specification, then of the device (CDI 1.0). Throws
 * when a device is not known, or asks for what only the runtime can do.
 */
export async function withCdiEdits(devices: ContainerDevices, { directories = standardDirectories, nodeDirectory }: CdiPlaces): Promise<ContainerDevices> {
  const annotated = Object.entries(devices.annotations).filter(([key]) => key.startsWith(annotationPrefix));
  const names = [...new Set([...devices.cdiDevices, ...annotated.flatMap(([, value]) => value.split(','))])].filter((name) => name !== '');
  if (names.length === 0) return devices;
  const specs = await readCdiSpecs(directories);
  const unknown = names.filter((name) => !specs.has(name));
  if (unknown.length > 0) throw new Error(`CDI device injection failed: unresolvable CDI devices ${unknown.join(', ')}`);
  const edits = new Set(names.flatMap((name) => [specs.get(name)!.common, specs.get(name)!.own]));
  let edited: ContainerDevices = { ...devices, cdiDevices: [] };
  for (const edit of edits) edited = await applied(edited, edit, nodeDirectory);
  const annotations = Object.fromEntries(Object.entries(edited.annotations).filter(([key]) => !key.startsWith(annotationPrefix)));
  return { ...edited, annotations };
}

async function applied(devices: ContainerDevices, edit: CdiEdits, nodeDirectory: string): Promise<ContainerDevices> {
  if (edit.needsRuntime)
    throw new Error(`CDI device injection failed: ${edit.source} has ${edit.needsRuntime}, which needs a container runtime that supports CDI`);
  const variables = edit.environment.map((text) => {
    const at = text.indexOf('=');
    return at < 0 ? { name: text, value: '' } : { name: text.slice(0, at), value: text.slice(at + 1) };
  });
  const named = new Set(variables.map(({ name }) => name));
  const nodes: Device[] = [];
  for (const node of edit.deviceNodes) nodes.push(await deviceNode(node, nodeDirectory));
  return {
    ...devices,
    environment: [...devices.environment.filter(({ name }) => !named.has(name)), ...variables],
    devices: [...devices.devices.filter(({ containerPath }) => !nodes.some((node) => node.containerPath === containerPath)), ...nodes],
    mounts: [...devices.mounts, ...edit.mounts.map(mountOf)],
  };
}

const mountOf = ({ hostPath, containerPath, options }: CdiEdits['mounts'][number]): Mount => ({
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
