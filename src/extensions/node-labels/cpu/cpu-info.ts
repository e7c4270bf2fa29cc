/** What /proc/cpuinfo says of the first processor: values by field. All are taken to be alike, as Node Feature Discovery does. */
export function parseCpuInfo(text: string): ReadonlyMap<string, string> {
  const [first = ''] = text.split(/\n[ \t]*\n/, 1);
  return new Map(
    first
      .split('\n')
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()]),
  );
}

/** The words of a field. */
export const wordsOf = (info: ReadonlyMap<string, string>, field: string): string[] => (info.get(field) ?? '').split(/\s+/).filter((word) => word !== '');
