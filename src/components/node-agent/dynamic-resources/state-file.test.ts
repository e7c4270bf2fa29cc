import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { until } from '../devices/testing/device-stage.ts';
import { readStateText, stateText } from './state-text.ts';
import { ClaimStage, claimingPod, driverName } from './testing/claim-stage.ts';

describe('the record of prepared claims', () => {
  it('is laid out as upstream’s', () => {
    const text =
      '{"Data":"{\\"kind\\":\\"DRACheckpoint\\",\\"apiVersion\\":\\"checkpoint.dra.kubelet.k8s.io/v1\\",\\"ClaimInfoStateList\\":[{\\"ClaimUID\\":\\"uid-1\\",\\"ClaimName\\":\\"one\\",\\"Namespace\\":\\"default\\",\\"PodUIDs\\":{\\"a\\":{},\\"b\\":{}},\\"DriverState\\":{\\"gpu.example.com\\":{\\"Devices\\":[{\\"PoolName\\":\\"pool\\",\\"DeviceName\\":\\"gpu-0\\",\\"ShareID\\":null,\\"RequestNames\\":[\\"r\\"],\\"CDIDeviceIDs\\":[\\"example.com/gpu=0\\"]}]}}}]}","Checksum":';
    const record = {
      uid: 'uid-1',
      name: 'one',
      namespace: 'default',
      podUids: new Set(['a', 'b']),
      drivers: new Map([['gpu.example.com', [{ pool: 'pool', device: 'gpu-0', requests: ['r'], cdiDevices: ['example.com/gpu=0'] }]]]),
      isPrepared: false,
    };
    const written = stateText([record]);
    assert.ok(written.startsWith(text), written);
    assert.deepEqual(readStateText(written), [record]);
    // As the kubelet leaves it: lists that are empty are null.
    const data = '{"kind":"DRACheckpoint","apiVersion":"checkpoint.dra.kubelet.k8s.io/v1","ClaimInfoStateList":null}';
    assert.deepEqual(readStateText(JSON.stringify({ Data: data, Checksum: crc32(data) })), []);
  });

  for (const [what, text] of [
    ['cut off', '{"Data":"{\\"kind\\":'],
    ['changed', stateText([]).replace('DRACheckpoint', 'DRACheckpoinT')],
    ['something else', '{"Data":"{}","Checksum":2745614147}'],
    ['empty', ''],
  ] as const)
    it(`that is ${what} is put aside; pods that run are prepared for again`, async () => {
      await using stage = await ClaimStage.open();
      await stage.stop();
      await writeFile(stage.stateFile, text);
      await stage.start();
      assert.equal(await readFile(`${stage.stateFile}.corrupt`, 'utf8'), text);
      await stage.register(await stage.driver());
      await stage.claim('one', ['a']);
      const pod = claimingPod('a', 'one');
      assert.ok(stage.resources.lacksClaims(pod));
      await stage.prepare(pod);
      assert.ok(!stage.resources.lacksClaims(pod));
    });

  it('that cannot be written keeps pods from starting, in the words of upstream, until it can', async () => {
    await using stage = await ClaimStage.open();
    const driver = await stage.driver();
    await stage.register(driver);
    await stage.claim('one', ['a']);
    const pod = claimingPod('a', 'one');
    const blocked = `${stage.stateFile}.tmp`; // where the next one is written
    await mkdir(join(blocked, 'x'), { recursive: true });
    await assert.rejects(
      stage.prepare(pod),
      /^Error: prepare dynamic resources: checkpoint ResourceClaim cache: could not save checkpoint dra_manager_state: EISDIR/,
    );
    assert.deepEqual(driver.calls, []);
    await rm(blocked, { recursive: true });
    driver.onPrepare = async () => void (await mkdir(join(blocked, 'x'), { recursive: true })) as undefined;
    await assert.rejects(stage.prepare(pod), /^Error: prepare dynamic resources: checkpoint ResourceClaim state: could not save/);
    await rm(blocked, { recursive: true });
    driver.onPrepare = async () => undefined;
    await stage.prepare(pod);
    await mkdir(join(blocked, 'x'), { recursive: true });
    await assert.rejects(stage.end(pod), /^Error: unprepare dynamic resources: checkpoint ResourceClaim state: could not save/);
    await rm(blocked, { recursive: true });
    await stage.end(pod);
    assert.deepEqual(driver.calls, ['prepare one', 'prepare one', 'unprepare one', 'unprepare one']);
    assert.equal(await stage.recordedText(), '');
  });

  it('covers whatever a driver prepared, whenever the agent is killed', async () => {
    await using stage = await ClaimStage.open();
    await stage.stop();
    const driver = await stage.driver();
    /** What the driver holds, as the driver knows it. */
    const prepared = new Set<string>();
    driver.onPrepare = async (claims) => void claims.forEach(({ name }) => prepared.add(name)) as undefined;
    driver.onUnprepare = async (claims) => void claims.forEach(({ name }) => prepared.delete(name)) as undefined;
    let started = 0;
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'testing/claiming-process.ts'), stage.directory, driver.endpoint], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(child, 'close');
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
      await Promise.race([once(child.stdout, 'data'), ended]);
      await new Promise((resolve) => setTimeout(resolve, round * 30));
      child.kill('SIGKILL');
      await ended;
      started += said.split('\n').length - 1;
      assert.ok(existsSync(stage.stateFile));
      const recorded = new Set((await stage.recorded()).map(({ name }) => name));
      for (const name of prepared) assert.ok(recorded.has(name), `${name} is prepared, and nobody knows`);
      // All pods are gone: the next agent gives everything back.
      await stage.start();
      await stage.register(driver, driverName);
      stage.resources.sourcesReady();
      await until(async () => assert.equal(await stage.recordedText(), ''));
      assert.deepEqual([...prepared], []);
      await stage.stop();
    }
    assert.ok(started > 4, `${started} pods`);
  });
});
