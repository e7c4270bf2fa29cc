import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubectlBinary, startTestCluster } from '../test/fixtures/cluster.ts';
import { run } from '../test/fixtures/run.ts';
import type { Measurement, Row } from './row.ts';

const objects = 1_000;
/** kubectl reads the whole schema of the group anew for each object that is there already: fewer are enough to see the ratio. */
const objectsAgain = 200;
const wherry = join(import.meta.dirname, '../dist/wherry.js');

const manifest = (prefix: string, value: string, count: number): string =>
  Array.from(
    { length: count },
    (_, index) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${prefix}-${index}\n  labels: {app: bench}\ndata:\n  index: "${index}"\n  value: ${value}\n`,
  ).join('---\n');

interface Step {
  readonly what: string;
  readonly value: string;
  readonly count: number;
}

/** Whole processes: `apply -f` of a file with 1,000 ConfigMaps that are not there yet, of 200 that are there unchanged, and that are changed, against the newest stock kubectl. */
export const createRow = (): Row => ({
  name: 'cli-apply',
  title: 'apply of 1,000 objects',
  async measure() {
    await using cluster = await startTestCluster({ simulate: true });
    const environment = { ...process.env, HOME: cluster.directory, KUBECONFIG: cluster.kubeconfig };
    const timed = async (command: string, args: readonly string[], prefix: string, { value, count }: Step): Promise<number> => {
      const file = join(cluster.directory, `${prefix}.yaml`);
      writeFileSync(file, manifest(prefix, value, count));
      const started = performance.now();
      const outcome = await run(command, [...args, '--context', 'wherry', 'apply', '-f', file], { environment, timeoutMs: 900_000 });
      if (outcome.code !== 0) throw new Error(outcome.stderr);
      return (performance.now() - started) / 1_000;
    };
    const steps: readonly Step[] = [
      { what: 'first apply', value: 'one', count: objects },
      { what: 'again, unchanged', value: 'one', count: objectsAgain },
      { what: 'again, changed', value: 'two', count: objectsAgain },
    ];
    const measurements: Measurement[] = [];
    for (const step of steps) {
      const floor = await timed(kubectlBinary(), [], 'stock', step);
      const seconds = await timed(process.execPath, [wherry], 'wherry', step);
      measurements.push({
        row: `apply -f of ${step.count} ConfigMaps, ${step.what}`,
        value: seconds,
        unit: 's',
        floor,
        ratio: seconds / floor,
        target: "at most 0.20 of kubectl's time",
        met: seconds / floor <= 0.2,
      });
    }
    return measurements;
  },
});
