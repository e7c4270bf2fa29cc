import type { NodeDevices } from './node-devices.ts';

/** Why a node has the huge pages of a size that it shows, and how to have more. */
export function hugePageStory(
  resource: string,
  { hugePages = [], status, state }: NodeDevices,
): { readonly lines: readonly string[]; readonly advice: readonly string[] } {
  const shown = `${status.allocatable[resource] ?? '0'} allocatable of ${status.capacity[resource] ?? '0'}`;
  if (state !== 'Reached') return { lines: [`${shown}, as its status shows`], advice: [] };
  const kernel = hugePages.find((pages) => pages.resource === resource);
  if (!kernel) {
    const sizes = hugePages.map((pages) => pages.resource.replace('hugepages-', ''));
    return {
      lines: [
        shown,
        `the kernel of this machine has no pages of that size; ${sizes.length > 0 ? `it has ${sizes.join(', ')}` : 'it has no huge pages at all'}`,
      ],
      advice: [],
    };
  }
  const { pageBytes, pages, freePages } = kernel;
  const restart = 'then restart the agent, which counts them when it starts: wherry down && wherry up';
  const reserve = `reserve some: echo N > /sys/kernel/mm/hugepages/hugepages-${pageBytes / 1_024}kB/nr_hugepages (as root; where memory is too fragmented, at boot: hugepagesz=${kernelSize(pageBytes)} hugepages=N), ${restart}`;
  if (pages === 0) return { lines: [shown, 'the kernel has reserved none'], advice: [reserve] };
  const now = `the kernel has ${pages} pages now, ${freePages} of them not in use`;
  const lines = [shown, now, ...kernel.numaNodes.map(({ node, pages: own, freePages: free }) => `NUMA node ${node}: ${own} pages, ${free} not in use`)];
  const isStale = String(status.capacity[resource] ?? '0') === '0';
  return isStale
    ? { lines: [...lines, 'they were reserved after the agent started'], advice: [`for ${resource}: ${restart.replace('then ', '')}`] }
    : { lines, advice: [] };
}

/** As the kernel's command line has it: `2M`, `1G`. */
const kernelSize = (bytes: number): string =>
  bytes >= 1024 ** 3 ? `${bytes / 1024 ** 3}G` : bytes >= 1024 ** 2 ? `${bytes / 1024 ** 2}M` : `${bytes / 1024}K`;
