import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const unpack = promisify(gunzip);
const maximumBytes = 8 * 1024 * 1024;

/** Options of the running kernel, by name without `CONFIG_`, as it was built; undefined when it is nowhere to be found. */
export async function readKernelConfig(release: string, pathOf: (path: string) => string): Promise<ReadonlyMap<string, string> | undefined> {
  for (const path of placesOf(release)) {
    const text = await textOf(pathOf(path)).catch(() => undefined); // not there, or not what it is called: the next place
    if (text !== undefined) return parse(text);
  }
  return undefined;
}

/** Where distributions have it (the places that kubeadm and NFD look in). */
const placesOf = (release: string): string[] => [
  '/proc/config.gz',
  `/usr/src/linux-${release}/.config`,
  '/usr/src/linux/.config',
  `/usr/lib/modules/${release}/config`,
  `/usr/lib/ostree-boot/config-${release}`,
  `/usr/lib/kernel/config-${release}`,
  `/usr/src/linux-headers-${release}/.config`,
  `/lib/modules/${release}/build/.config`,
  `/boot/config-${release}`,
];

async function textOf(path: string): Promise<string> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(maximumBytes), 0, maximumBytes, null);
  const bytes = buffer.subarray(0, bytesRead);
  return (path.endsWith('.gz') ? await unpack(bytes, { maxOutputLength: maximumBytes }) : bytes).toString('utf8');
}

const parse = (text: string): ReadonlyMap<string, string> => new Map([...text.matchAll(/^CONFIG_(\w+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]));
