import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import type { LinuxContainerResources, Runtime } from '../../../extension-points/runtime/contract.ts';
import { silentLog } from '../../../kernel/log.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { until } from '../devices/testing/device-stage.ts';
import { observedContainer, testContainer, testObserved, testPod } from '../testing/pods.ts';
import { anyAffinity } from '../topology/contract.ts';
import { StateFile } from '../topology/state-file.ts';
import { machineOf } from '../topology/testing/fake-machine.ts';
import { CpuLayout } from './cpu-layout.ts';
import { cpuStateFormat } from './cpu-state.ts';
import { CpusetUpdates } from './cpuset-updates.ts';
import { StaticCpus } from './static-cpus.ts';

it('containers are moved when the CPUs that they share change, and those that could not be are tried again', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'wherry-cpusets-'));
  const clock = new ManualClock();
  const file = new StateFile(join(directory, 'state'), cpuStateFormat);
  const cpus = new StaticCpus({
    machine: new CpuLayout(machineOf({ coresPerNumaNode: 4 }).cpus),
    reservedCount: 1,
    reservedCpus: undefined,
    options: new Set(),
    file,
  });
  const told: string[] = [];
  let failures = 0;
  const updateContainerResources = async (id: string, { cpusetCpus }: LinuxContainerResources): Promise<void> => {
    if (failures-- > 0) throw new Error('the runtime is away');
    told.push(`${id} ${cpusetCpus}`);
  };
  const shared = testPod({ containers: [testContainer('web'), testContainer('ended')] });
  const observed = testObserved([observedContainer('web'), observedContainer('ended', { state: 'exited' })]);
  try {
    await using updates = new CpusetUpdates({
      cpus,
      runtime: { updateContainerResources } as Runtime,
      activePods: () => [shared],
      observed: () => observed,
      periodMs: 10_000,
      clock,
      log: silentLog,
    });
    updates.start();
    await until(() => assert.deepEqual(told, ['web-id 0-3']));
    const limits = { cpu: '2', memory: '1Gi' };
    const own = testPod({ containers: [testContainer('main', { resources: { limits, requests: limits } })] }, { uid: 'own' });
    failures = 1;
    await cpus.allocateContainer(own, own.spec.containers[0]!, anyAffinity);
    await until(() => assert.equal(failures, 0));
    await until(async () => {
      await clock.advance(10_000);
      assert.deepEqual(told, ['web-id 0-3', 'web-id 0,3']);
    });
    cpus.release('own');
    await until(() => assert.deepEqual(told, ['web-id 0-3', 'web-id 0,3', 'web-id 0-3']));
  } finally {
    rmSync(directory, { recursive: true });
  }
});
