import { dns1123SubdomainProblems } from '../../../api/names.ts';
import type { FakeDraGpuOptions } from './fake-dra-gpu.ts';

const example = 'write gpu.example.com=4 or gpu.example.com=8,memory=80Gi,numa=2,model=h100';

/**
 * Reads fake GPUs for claims from one word: the driver's name, how many, then what they have. Throws with an example when it is not that.
 */
export function readFakeDraGpu(
  text: string,
): Required<Pick<FakeDraGpuOptions, 'driver' | 'count'>> & Pick<FakeDraGpuOptions, 'memory' | 'model' | 'numaNodes'> {
  const [, driver, count, rest = ''] = /^([^=,\s]+)=(\d{1,4})((?:,[a-z]+=[^,=\s]+)*)$/.exec(text) ?? [];
  if (driver === undefined || driver.length > 63 || dns1123SubdomainProblems(driver).length > 0)
    throw new Error(`"${text}" does not name fake GPUs of a driver: ${example}`);
  const settings = new Map(
    rest
      .split(',')
      .filter((part) => part !== '')
      .map((part) => part.split('=', 2) as [string, string]),
  );
  const unknown = [...settings.keys()].find((key) => !['memory', 'model', 'numa'].includes(key));
  if (unknown !== undefined) throw new Error(`"${text}": fake GPUs have no ${unknown}: ${example}`);
  const numa = settings.get('numa');
  if (numa !== undefined && !/^[1-8]$/.test(numa)) throw new Error(`"${text}": numa must be a number of nodes, 1 to 8`);
  const [memory, model] = [settings.get('memory'), settings.get('model')];
  return {
    driver,
    count: Number(count),
    ...(memory === undefined ? {} : { memory }),
    ...(model === undefined ? {} : { model }),
    ...(numa === undefined ? {} : { numaNodes: Number(numa) }),
  };
}
