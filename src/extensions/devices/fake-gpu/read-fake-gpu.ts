import type { FakeGpuOptions } from './fake-gpu.ts';

/**
 * Reads fake GPUs from one word: `example.com/gpu=4`, `nvidia.com/gpu=8,memory=80Gi,numa=2`. What follows the count is `memory` (what each is said to have) and `numa`
 * (how many nodes they are spread over). Throws with an example when it is not that.
 */
export function readFakeGpu(text: string): FakeGpuOptions {
  const [, resourceName, count, rest = ''] = /^([^=,\s]+)=(\d{1,4})((?:,[a-z]+=[^,=\s]+)*)$/.exec(text) ?? [];
  if (resourceName === undefined) throw new Error(`"${text}" does not name fake GPUs: write example.com/gpu=4 or nvidia.com/gpu=8,memory=80Gi,numa=2`);
  const settings = new Map(
    rest
      .split(',')
      .filter((part) => part !== '')
      .map((part) => part.split('=') as [string, string]),
  );
  const unknown = [...settings.keys()].find((key) => key !== 'memory' && key !== 'numa');
  if (unknown !== undefined) throw new Error(`"${text}": fake GPUs have memory and numa, not ${unknown}`);
  const numaNodes = Number(settings.get('numa') ?? 0);
  if (!Number.isInteger(numaNodes) || numaNodes < 0 || numaNodes > 64) throw new Error(`"${text}": numa must be a whole number from 0 to 64`);
  const memory = settings.get('memory');
  return { resourceName, count: Number(count), numaNodes, ...(memory === undefined ? {} : { memory }) };
}
