/** Ids of CPUs (or NUMA nodes). */
export type CpuSet = ReadonlySet<number>;

export const noCpus: CpuSet = new Set();

export const sortedCpus = (cpus: Iterable<number>): number[] => [...cpus].sort((left, right) => left - right);

/** The kernel's form: `0-3,8`. Empty for none. */
export function cpuListText(cpus: Iterable<number>): string {
  const ranges: { first: number; last: number }[] = [];
  for (const cpu of sortedCpus(cpus)) {
    const current = ranges.at(-1);
    if (current && cpu === current.last + 1) current.last = cpu;
    else ranges.push({ first: cpu, last: cpu });
  }
  return ranges.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`)).join();
}

/** More CPUs than any kernel counts (NR_CPUS): a longer range is a mistake, and would only take memory. */
const maximumCpus = 65_536;

/** Reads the kernel's form. Throws, as Go's reader words it, for what is none. */
export function parseCpuList(text: string): Set<number> {
  const cpus = new Set<number>();
  if (text === '') return cpus;
  for (const range of text.split(',')) {
    const [first, last = first] = range.split(/-(.*)/s, 2).map(cpuNumber) as [number, number?];
    if (first > last) throw new Error(`invalid range ${JSON.stringify(range)} (${first} > ${last})`);
    for (let cpu = first; cpu <= last; cpu++) cpus.add(cpu);
  }
  return cpus;
}

function cpuNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  if (Number(text) >= maximumCpus) throw new Error(`strconv.Atoi: parsing ${JSON.stringify(text)}: value out of range`);
  return Number(text);
}
