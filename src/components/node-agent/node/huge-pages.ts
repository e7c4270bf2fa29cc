import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The pre-allocated huge pages of one size. */
export interface HugePages {
  /** As the API names the size: `hugepages-2Mi`. */
  readonly resource: string;
  readonly pageBytes: number;
  readonly count: number;
}

/**
 * What the kernel has pre-allocated of each page size it knows, smallest first; sizes without pages are listed with a count of 0, as upstream reports them.
 * `root` is the folder that holds `sys`; a machine without huge pages has none.
 */
export const readHugePages = (root = '/'): readonly HugePages[] => pagesIn(join(root, 'sys/kernel/mm/hugepages'));

/** The same for each NUMA node by its number, in rising order. A machine that shows no NUMA nodes has none here, whatever `readHugePages` says. */
export function readNumaHugePages(root = '/'): ReadonlyMap<number, readonly HugePages[]> {
  const nodes = join(root, 'sys/devices/system/node');
  const numbers = namesIn(nodes).flatMap((name) => /^node(\d+)$/.exec(name)?.[1] ?? []);
  return new Map(
    numbers
      .map(Number)
      .sort((left, right) => left - right)
      .map((number) => [number, pagesIn(join(nodes, `node${number}`, 'hugepages'))]),
  );
}

/** `hugepages-2048kB/nr_hugepages` in a folder that has one such folder per size. */
function pagesIn(directory: string): HugePages[] {
  return namesIn(directory)
    .flatMap((name) => {
      const pageBytes = Number(/^hugepages-(\d+)kB$/.exec(name)?.[1] ?? 0) * 1024;
      return pageBytes === 0 ? [] : [{ resource: `hugepages-${sizeText(pageBytes)}`, pageBytes, count: countIn(join(directory, name, 'nr_hugepages')) }];
    })
    .sort((left, right) => left.pageBytes - right.pageBytes);
}

function countIn(file: string): number {
  try {
    return Number(/^\d+/.exec(readFileSync(file, 'utf8'))?.[0] ?? 0);
  } catch {
    return 0; // the size was taken away since it was listed
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // the kernel has none, or shows none to us
  }
}

/** Bytes as the API writes them: `2Mi`, `1Gi`, the shortest exact form. */
export function sizeText(bytes: number): string {
  for (const [unit, size] of units) if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  return String(bytes);
}

const units = [
  ['Ti', 1024 ** 4],
  ['Gi', 1024 ** 3],
  ['Mi', 1024 ** 2],
  ['Ki', 1024],
] as const;
