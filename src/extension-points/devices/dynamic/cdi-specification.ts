import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readBoundedFile } from '../../../kernel/bounded-file.ts';

const maximumFileBytes = 4 * 1024 * 1024;
/** Where container runtimes look for specifications that come and go. */
export const standardCdiDirectory = '/var/run/cdi';

/** What a device changes in a container. */
export interface ContainerEdits {
  readonly environment?: Readonly<Record<string, string>>;
  /** `permissions` is made of r, w and m (mknod); all when absent. */
  readonly deviceNodes?: readonly { readonly path: string; readonly hostPath: string; readonly permissions?: string }[];
  readonly mounts?: readonly { readonly containerPath: string; readonly hostPath: string; readonly isReadOnly?: boolean }[];
}

export interface CdiSpecification {
  /** Default: `/var/run/cdi`. */
  readonly directory?: string;
  /** `vendor.com/class`. */
  readonly kind: string;
  /** What tells this specification from others of the kind, usually the claim's uid. */
  readonly key: string;
}

/** Describes devices to container runtimes (CDI 0.6). Names are unique in the kind, and best not used again for anything else: runtimes remember them. Answers their qualified names. */
export async function writeCdiSpecification(where: CdiSpecification, devices: Readonly<Record<string, ContainerEdits>>): Promise<readonly string[]> {
  const path = pathOf(where);
  const specification = {
    cdiVersion: '0.6.0',
    kind: where.kind,
    devices: Object.entries(devices).map(([name, edits]) => ({ name, containerEdits: editsOf(edits) })),
  };
  await mkdir(where.directory ?? standardCdiDirectory, { recursive: true });
  // Put in place whole: runtimes read whenever something changes in the folder.
  await writeFile(`${path}.tmp`, JSON.stringify(specification));
  await rename(`${path}.tmp`, path);
  return Object.keys(devices).map((name) => `${where.kind}=${name}`);
}

/** Takes it away; nothing when it is not there. */
export async function removeCdiSpecification(where: CdiSpecification): Promise<void> {
  await rm(pathOf(where), { force: true });
}

/** The specifications of a kind that are there, by key, with the names of their devices: what a driver prepared before it was restarted. One that is not whole has no devices. */
export async function readCdiSpecifications({
  directory = standardCdiDirectory,
  kind,
}: Omit<CdiSpecification, 'key'>): Promise<ReadonlyMap<string, readonly string[]>> {
  const prefix = `${kind.replaceAll('/', '-')}_`;
  const found = new Map<string, readonly string[]>();
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names.filter((file) => file.startsWith(prefix) && file.endsWith('.json'))) {
    const text = await readBoundedFile(join(directory, name), maximumFileBytes);
    found.set(name.slice(prefix.length, -'.json'.length), namesIn(text));
  }
  return found;
}

/** A machine that lost its power may have left half a file: it stands for no device, and can be taken away as others. */
function namesIn(text: string): readonly string[] {
  try {
    const { devices } = JSON.parse(text) as { devices: readonly { name: string }[] };
    return devices.map(({ name }) => name);
  } catch {
    return [];
  }
}

const pathOf = ({ directory = standardCdiDirectory, kind, key }: CdiSpecification): string =>
  join(directory, `${kind.replaceAll('/', '-')}_${key.replace(/[^\w.-]/g, '-')}.json`);

const editsOf = ({ environment = {}, deviceNodes = [], mounts = [] }: ContainerEdits): Record<string, unknown> => ({
  env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
  deviceNodes,
  mounts: mounts.map(({ containerPath, hostPath, isReadOnly }) => ({ containerPath, hostPath, options: ['bind', isReadOnly ? 'ro' : 'rw'] })),
});
