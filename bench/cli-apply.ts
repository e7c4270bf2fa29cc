import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubectlBinary, startTestCluster } from '../test/fixtures/cluster.ts';
import { run } from '../test/fixtures/run.ts';
import type { Measurement, Row } from './row.ts';

const objects = 1_000;
const wherry = join(import.meta.dirname, '../dist/wherry.js');

const manifest = (prefix: string, value: string): string =>
  Array.from(
    { length: objects },
    (_, index) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${prefix}-${index}\n  labels: {app: bench}\ndata:\n  index: "${index}"\n  value: ${value}\n`,
  ).join('---\n');

/** Whole processes: `apply -f` of a file with 1,000 ConfigMaps, that are not there yet, that are there unchanged, and that are changed, against the newest stock kubectl. */
export const createRow = (): Row => ({
  name: 'cli-apply',
  title: 'apply of 1,000 objects',
  async measure() {
    await using cluster = await startTestCluster({ simulate: true });
    const environment = { ...process.env, HOME: cluster.directory, KUBECONFIG: cluster.kubeconfig };
    const timed = async (command: string, args: readonly string[], prefix: string, value: string): Promise<number> => {
      const file = join(cluster.directory, `${prefix}.yaml`);
      writeFileSync(file, manifest(prefix, value));
      const started = performance.now();
      const outcome = await run(command, [...args, '--context', 'wherry', 'apply', '-f', file], { environment, timeoutMs: 900_000 });
      if (outcome.code !== 0) throw new Error(outcome.stderr);
      return (performance.now() - started) / 1_000;
    };
    const steps = [
      { what: 'first apply', value: 'one' },
      { what: 'again, unchanged', value: 'one' },
      { what: 'again, changed', value: 'two' },
    ];
    const measurements: Measurement[] = [];
    for (const { what, value } of steps) {
      const floor = await timed(kubectlBinary(), [], 'stock', value);
      const seconds = await timed(process.execPath, [wherry], 'wherry', value);
      measurements.push({
        row: `apply -f of ${objects} ConfigMaps, ${what}`,
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
