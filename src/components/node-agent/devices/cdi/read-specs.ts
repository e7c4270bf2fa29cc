import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseYaml } from '../../../../api/yaml.ts';

/** A device node of a specification; `type` and numbers are those of the host's node where they are not given. */
export interface CdiDeviceNode {
  readonly path: string;
  readonly hostPath: string;
  readonly type: string;
  readonly major: number | undefined;
  readonly minor: number | undefined;
  readonly permissions: string;
}

export interface CdiEdits {
  /** The file, for errors. */
  readonly source: string;
  readonly environment: readonly string[];
  readonly deviceNodes: readonly CdiDeviceNode[];
  readonly mounts: readonly { readonly hostPath: string; readonly containerPath: string; readonly options: readonly string[] }[];
  /** What cannot be said to a runtime from outside: `hooks`, … */
  readonly needsRuntime: string | undefined;
}

/** What a device asks for: its own edits, and those that all devices of its file share. */
export interface CdiDevice {
  readonly common: CdiEdits;
  readonly own: CdiEdits;
}

const maximumFileBytes = 4 * 1024 * 1024;
const maximumFiles = 1_000;

/** Reads the specifications of some folders, JSON and YAML; devices by qualified name. A file that is not a specification is left out, as runtimes do; its devices are then unknown. */
export async function readCdiSpecs(directories: readonly string[]): Promise<ReadonlyMap<string, CdiDevice>> {
  const devices = new Map<string, CdiDevice>();
  for (const directory of directories) {
    const names = await readdir(directory).catch(() => []); // most machines have none
    const files = names.filter((name) => /\.(json|ya?ml)$/.test(name)).sort();
    for (const name of files.slice(0, maximumFiles)) for (const [qualified, device] of await devicesOf(join(directory, name))) devices.set(qualified, device);
  }
  return devices;
}

async function devicesOf(path: string): Promise<[string, CdiDevice][]> {
  let spec: Fields;
  try {
    if ((await stat(path)).size > maximumFileBytes) return [];
    spec = fieldsOf(parseYaml(await readFile(path, 'utf8'), { maxWeight: maximumFileBytes }).value);
  } catch {
    return []; // not a specification, or gone
  }
  const kind = textOf(spec['kind']);
  if (!/^[A-Za-z0-9][\w.-]*\/[A-Za-z][\w-]*$/.test(kind)) return [];
  const common = editsOf(spec['containerEdits'], path);
  return listOf(spec['devices']).map((device) => [
    `${kind}=${textOf(fieldsOf(device)['name'])}`,
    { common, own: editsOf(fieldsOf(device)['containerEdits'], path) },
  ]);
}

const beyondReach = ['hooks', 'additionalGids', 'intelRdt', 'netDevices'];

function editsOf(value: unknown, source: string): CdiEdits {
  const edits = fieldsOf(value);
  return {
    source,
    environment: listOf(edits['env']).map(textOf),
    deviceNodes: listOf(edits['deviceNodes']).map(fieldsOf).map(nodeOf),
    mounts: listOf(edits['mounts'])
      .map(fieldsOf)
      .map((mount) => ({ hostPath: textOf(mount['hostPath']), containerPath: textOf(mount['containerPath']), options: listOf(mount['options']).map(textOf) })),
    needsRuntime: beyondReach.find((name) => (Array.isArray(edits[name]) ? edits[name].length > 0 : edits[name] !== undefined)),
  };
}

function nodeOf(node: Fields): CdiDeviceNode {
  const path = textOf(node['path']);
  return {
    path,
    hostPath: textOf(node['hostPath']) || path,
    type: textOf(node['type']),
    major: numberOf(node['major']),
    minor: numberOf(node['minor']),
    permissions: textOf(node['permissions']) || 'rwm',
  };
}

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numberOf = (value: unknown): number | undefined => (typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined);
