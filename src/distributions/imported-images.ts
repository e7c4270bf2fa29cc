import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Runtime } from '../extension-points/runtime/contract.ts';
import { normaliseImageName } from '../extensions/runtime/containerd/image-name.ts';

const recordOf = (dataDirectory: string): string => join(dataDirectory, 'containerd', 'imported-images');

/** Remembers, over restarts, which image names came from archives. */
export function noteImported(dataDirectory: string, names: readonly string[]): void {
  const path = recordOf(dataDirectory);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, [...new Set([...importedNames(dataDirectory), ...names.map(normaliseImageName)])].sort().join('\n'));
  renameSync(`${path}.new`, path);
}

/**
 * A runtime for which imported images stand in for their registry: pulling one answers the image that is there. So a pod whose tag is `latest`, which Kubernetes
 * always pulls, runs from an archive, without a registry (decisions/0005). Importing a newer archive replaces the image; removing it brings the registry back.
 */
export function withImportedImages<T extends Runtime>(runtime: T, dataDirectory: string): T {
  const pullImage: Runtime['pullImage'] = async (reference, ...rest) => {
    const present = importedNames(dataDirectory).has(normaliseImageName(reference)) ? await runtime.imageStatus(reference) : undefined;
    return present ? present.id : runtime.pullImage(reference, ...rest);
  };
  return { ...runtime, pullImage };
}

/** Read anew each time: `wherry image import` is a process of its own. */
function importedNames(dataDirectory: string): Set<string> {
  const path = recordOf(dataDirectory);
  return new Set(
    existsSync(path)
      ? readFileSync(path, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
      : [],
  );
}
