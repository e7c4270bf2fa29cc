import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startContainerd } from '../src/extensions/runtime/containerd/start-containerd.ts';
import { silentLog } from '../src/kernel/log.ts';
import { canRunContainers, startTestCluster } from '../test/fixtures/cluster.ts';
import type { Row } from './row.ts';
import { median } from './row.ts';

/** Time from the command to a Ready node, containerd's own start included; the floor is that containerd alone. */
export const createRow = (): Row => ({
  name: 'node-ready',
  title: 'node Ready',
  async measure() {
    if (!canRunContainers) {
      process.stderr.write('node-ready: skipped, it needs root, containerd, runc and the CNI plugins\n');
      return [];
    }
    const values: number[] = [];
    const floors: number[] = [];
    for (let round = 0; round < 3; round++) {
      floors.push(await timeContainerd());
      const started = performance.now();
      // `up --detach` returns when every node is Ready.
      await using _cluster = await startTestCluster();
      values.push(performance.now() - started);
    }
    const value = median(values);
    const floor = median(floors);
    return [{ row: 'node Ready after the command', value, unit: 'ms', floor, ratio: value / floor, target: 'within 3 s', met: value <= 3_000 }];
  },
});

async function timeContainerd(): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'wb-'));
  mkdirSync(join(directory, 'c'));
  const started = performance.now();
  const containerd = await startContainerd({ directory: join(directory, 'c'), log: silentLog });
  const took = performance.now() - started;
  await containerd.removeEverything();
  rmSync(directory, { recursive: true, force: true });
  return took;
}
