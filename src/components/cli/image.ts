import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { requireCluster } from './cluster-client.ts';
import { dataDirectoryOf } from './directories.ts';
import type { Distribution } from './distribution.ts';
import { sizeText, table } from './table.ts';

/** Imports image tarballs into the running cluster; says which names each file brought. */
export async function importImages(distribution: Distribution, files: readonly string[], options: { dataDir?: string }): Promise<void> {
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length > 0) throw new Error(`no such file: ${missing.join(', ')}`);
  const dataDirectory = requireContainers(options);
  await distribution.importImages(
    dataDirectory,
    files.map((file) => resolve(file)),
    (file, names) => {
      process.stdout.write(`${names.join(', ')}  (from ${file})\n`);
    },
  );
}

/** Lists the images of the running cluster. */
export async function listImages(distribution: Distribution, options: { dataDir?: string }): Promise<void> {
  const images = await distribution.listImages(requireContainers(options));
  const rows = images.map((image) => [image.name, image.id.replace(/^sha256:/, '').slice(0, 12), sizeText(image.sizeBytes)]);
  process.stdout.write(table(['IMAGE', 'ID', 'SIZE'], rows));
}

function requireContainers(options: { dataDir?: string }): string {
  const dataDirectory = dataDirectoryOf(options);
  if (requireCluster(dataDirectory).isSimulated) throw new Error('this cluster has simulated nodes only: they need no images');
  return dataDirectory;
}
