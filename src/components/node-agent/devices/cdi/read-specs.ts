import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readBoundedFile } from '../../../../kernel/bounded-file.ts';
import { type CdiDevice, type CdiSpecification, maximumFileBytes, readSpecification } from './specification.ts';

const maximumFiles = 1_000;

export interface CdiDevices {
  /** By qualified name. */
  readonly devices: ReadonlyMap<string, CdiDevice>;
  /** Files that are not valid, and devices that two files of one folder describe, in the words of the CDI library. */
  readonly problems: readonly string[];
}

/** The devices of some folders by qualified name; see `readCdiDevices`. */
export const readCdiSpecs = async (directories: readonly string[]): Promise<ReadonlyMap<string, CdiDevice>> => (await readCdiDevices(directories)).devices;

/**
 * Reads the specifications of some folders, JSON and YAML. A device that several folders describe is that of the last; one that two files of the same folder describe is
 * nobody's. A file that is not valid counts for nothing, as in runtimes; its devices are then unknown.
 */
export async function readCdiDevices(directories: readonly string[]): Promise<CdiDevices> {
  const found = new Map<string, { readonly device: CdiDevice; readonly priority: number; readonly path: string }>();
  const conflicts = new Set<string>();
  const problems: string[] = [];
  for (const [priority, directory] of directories.entries())
    for (const path of await filesOf(directory)) {
      const specification = await load(path, problems);
      for (const [name, device] of specification?.devices ?? []) {
        const qualified = `${specification!.kind}=${name}`;
        const other = found.get(qualified);
        if (other?.priority === priority) {
          problems.push(`conflicting device ${JSON.stringify(qualified)} (specs ${JSON.stringify(path)}, ${JSON.stringify(other.path)})`);
          conflicts.add(qualified);
        } else found.set(qualified, { device, priority, path });
      }
    }
  for (const qualified of conflicts) found.delete(qualified);
  return { devices: new Map([...found].map(([qualified, { device }]) => [qualified, device])), problems };
}

async function filesOf(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch(() => []); // most machines have none
  return names
    .filter((name) => /\.(json|yaml)$/.test(name))
    .sort()
    .slice(0, maximumFiles)
    .map((name) => join(directory, name));
}

async function load(path: string, problems: string[]): Promise<CdiSpecification | undefined> {
  try {
    return readSpecification(await readBoundedFile(path, maximumFileBytes), path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // taken away since
    problems.push(`failed to load CDI Spec ${path}: ${(error as Error).message}`);
    return undefined;
  }
}
