import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HugePages, readHugePages, readNumaHugePages } from '../../node/huge-pages.ts';

/** Huge pages of one size, as the kernel counts them now. The node's status shows what it had when the agent started. */
export interface HugePageReport {
  /** `hugepages-2Mi`. */
  readonly resource: string;
  readonly pageBytes: number;
  readonly pages: number;
  readonly freePages: number;
  readonly numaNodes: readonly { readonly node: number; readonly pages: number; readonly freePages: number }[];
}

/** All sizes the kernel knows, smallest first. `root` is the folder that holds `sys`. */
export async function reportHugePages(root = '/'): Promise<readonly HugePageReport[]> {
  const perNode = readNumaHugePages(root);
  return Promise.all(
    readHugePages(root).map(async ({ resource, pageBytes, count }) => ({
      resource,
      pageBytes,
      pages: count,
      freePages: await freePages(join(root, 'sys/kernel/mm/hugepages'), pageBytes),
      numaNodes: await Promise.all(
        [...perNode].map(async ([node, sizes]) => ({
          node,
          pages: countOf(sizes, pageBytes),
          freePages: await freePages(join(root, `sys/devices/system/node/node${node}/hugepages`), pageBytes),
        })),
      ),
    })),
  );
}

const countOf = (sizes: readonly HugePages[], wanted: number): number => sizes.find(({ pageBytes }) => pageBytes === wanted)?.count ?? 0;

async function freePages(directory: string, pageBytes: number): Promise<number> {
  const file = join(directory, `hugepages-${pageBytes / 1_024}kB`, 'free_hugepages');
  const text = await readFile(file, 'utf8').catch(() => '0'); // the size was taken away since it was listed
  return Number(/^\d+/.exec(text)?.[0] ?? 0);
}
