import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { containerConfig, untilStopped } from './conformance-configs.ts';
import { executionCases } from './conformance-execution-cases.ts';
import { type ConformanceStage, refuses } from './conformance-stage.ts';
import { RuntimeError } from './contract.ts';

/** Asserts one rule of the contract. */
export type RuntimeCaseBody = (stage: ConformanceStage) => Promise<void>;

const nodeCases = {
  async version({ runtime }: ConformanceStage) {
    const { name, version, apiVersion } = await runtime.version();
    assert.notEqual(name, '');
    assert.notEqual(version, '');
    assert.equal(apiVersion, 'v1');
  },
  async status({ runtime }: ConformanceStage) {
    const { conditions, handlers } = await runtime.status();
    assert.deepEqual(
      conditions
        .map(({ type }) => type)
        .filter((type) => type.endsWith('Ready'))
        .sort(),
      ['NetworkReady', 'RuntimeReady'],
    );
    assert.ok(handlers.includes(''), 'the default handler is listed');
  },
};

const sandboxCases = {
  async 'sandbox life'(stage: ConformanceStage) {
    const { runtime } = stage;
    const config = stage.newConfig('life');
    const id = await stage.sandbox(config);
    const status = await runtime.podSandboxStatus(id);
    assert.equal(status.state, 'ready');
    assert.deepEqual([status.metadata, status.labels, status.annotations], [config.metadata, config.labels, config.annotations]);
    assert.match(status.ips[0] ?? '', /^\d+\.\d+\.\d+\.\d+$/);
    assert.ok(Math.abs(Date.now() - status.createdAtMs) < 24 * 3_600_000, 'the time of creation is today');
    await runtime.stopPodSandbox(id);
    assert.equal((await runtime.podSandboxStatus(id)).state, 'not-ready');
    await runtime.stopPodSandbox(id);
    await runtime.removePodSandbox(id);
    await runtime.removePodSandbox(id);
    await refuses('NOT_FOUND', runtime.podSandboxStatus(id));
  },
  async 'unknown sandbox'({ runtime }: ConformanceStage) {
    const id = '0'.repeat(64);
    await refuses('NOT_FOUND', runtime.podSandboxStatus(id));
    await runtime.stopPodSandbox(id);
    await runtime.removePodSandbox(id);
    assert.deepEqual(await runtime.listPodSandboxes({ id }), []);
  },
  async 'same sandbox twice'(stage: ConformanceStage) {
    const config = stage.newConfig('twice');
    const first = await stage.sandbox(config);
    await assert.rejects(stage.runtime.runPodSandbox(config, ''), RuntimeError);
    const second = await stage.sandbox({ ...config, metadata: { ...config.metadata, attempt: 1 } });
    assert.notEqual(first, second);
  },
  async 'unknown handler'(stage: ConformanceStage) {
    await assert.rejects(stage.runtime.runPodSandbox(stage.newConfig('handler'), 'no-such-handler'), RuntimeError);
  },
  async 'host network'(stage: ConformanceStage) {
    const id = await stage.sandbox(stage.newConfig('host', { network: 'node', pid: 'container', ipc: 'pod' }));
    assert.deepEqual((await stage.runtime.podSandboxStatus(id)).ips, []);
  },
  async 'stop sandbox'(stage: ConformanceStage) {
    const { id, sandboxId } = await stage.run('stopped', untilStopped);
    await stage.runtime.stopPodSandbox(sandboxId);
    assert.equal((await stage.untilExited(id)).exitCode, 137);
    await stage.runtime.removePodSandbox(sandboxId);
    await refuses('NOT_FOUND', stage.runtime.containerStatus(id));
  },
  async 'many at once'(stage: ConformanceStage) {
    const ids = await Promise.all(Array.from({ length: 4 }, (_, index) => stage.sandbox(stage.newConfig(`many-${index}`))));
    const addresses = await Promise.all(ids.map(async (id) => (await stage.runtime.podSandboxStatus(id)).ips[0]));
    assert.equal(new Set(addresses).size, ids.length);
  },
};

const containerCases = {
  async 'container life'(stage: ConformanceStage) {
    const { runtime } = stage;
    const { id, sandboxId } = await stage.run('container', untilStopped);
    const running = await runtime.containerStatus(id);
    assert.equal(running.state, 'running');
    assert.ok(running.startedAtMs >= running.createdAtMs && running.finishedAtMs === 0, 'it has begun and not ended');
    assert.deepEqual(running.metadata, { name: 'main', attempt: 0 });
    assert.deepEqual(
      (await runtime.listContainers({ sandboxId })).map((container) => container.id),
      [id],
    );
    await runtime.stopContainer(id, 10);
    const stopped = await runtime.containerStatus(id);
    assert.deepEqual([stopped.state, stopped.exitCode, stopped.reason], ['exited', 0, 'Completed']);
    assert.ok(stopped.finishedAtMs >= stopped.startedAtMs, 'it ended after it began');
    await runtime.stopContainer(id, 10);
    await runtime.removeContainer(id);
    await runtime.removeContainer(id);
    await refuses('NOT_FOUND', runtime.containerStatus(id));
  },
  async 'unknown container'({ runtime }: ConformanceStage) {
    const id = '0'.repeat(64);
    await refuses('NOT_FOUND', runtime.containerStatus(id));
    await refuses('NOT_FOUND', runtime.startContainer(id));
    await runtime.stopContainer(id, 1);
    await runtime.removeContainer(id);
    await assert.rejects(runtime.execSync(id, ['true'], 5), RuntimeError);
  },
  async 'unknown image'(stage: ConformanceStage) {
    const config = stage.newConfig('image');
    const sandboxId = await stage.sandbox(config);
    await assert.rejects(stage.runtime.createContainer(sandboxId, containerConfig('main', stage.subject.missingImage, []), config), RuntimeError);
  },
  async 'exit code'(stage: ConformanceStage) {
    const { id } = await stage.run('failing', ['false']);
    const status = await stage.untilExited(id);
    assert.deepEqual([status.exitCode, status.reason], [1, 'Error']);
  },
  async 'start twice'(stage: ConformanceStage) {
    const { id } = await stage.run('started', untilStopped);
    await assert.rejects(stage.runtime.startContainer(id), RuntimeError);
  },
  async 'stop signal'(stage: ConformanceStage) {
    const { id } = await stage.run('signalled', ['sh', '-c', 'trap "exit 0" USR1; trap "" TERM; while true; do sleep 0.05; done']);
    await stage.runtime.stopContainer(id, 1);
    assert.equal((await stage.runtime.containerStatus(id)).exitCode, 137, 'the default signal is TERM, which this one has no answer to');
  },
  async kill(stage: ConformanceStage) {
    const { id } = await stage.run('killed', ['sh', '-c', 'trap "" TERM; while true; do sleep 0.05; done']);
    await stage.runtime.stopContainer(id, 0);
    assert.deepEqual([(await stage.runtime.containerStatus(id)).state, (await stage.runtime.containerStatus(id)).exitCode], ['exited', 137]);
  },
  async 'remove running'(stage: ConformanceStage) {
    const { id } = await stage.run('removed', untilStopped);
    await stage.runtime.removeContainer(id);
    await refuses('NOT_FOUND', stage.runtime.containerStatus(id));
  },
  async filters(stage: ConformanceStage) {
    const labels = { 'test.example/filter': randomUUID() };
    const { id, sandboxId } = await stage.run('filtered', untilStopped, { labels });
    assert.deepEqual(
      (await stage.runtime.listContainers({ labels })).map((container) => container.id),
      [id],
    );
    assert.deepEqual(
      (await stage.runtime.listContainers({ id })).map((container) => container.sandboxId),
      [sandboxId],
    );
    assert.deepEqual(await stage.runtime.listContainers({ sandboxId, labels: { 'test.example/filter': 'other' } }), []);
    assert.deepEqual(
      (await stage.runtime.listPodSandboxes({ labels: { 'io.kubernetes.pod.name': 'filtered' } })).map((sandbox) => sandbox.id),
      [sandboxId],
    );
  },
};

const imageCases = {
  async images({ runtime, subject: { image, missingImage } }: ConformanceStage) {
    const found = await runtime.imageStatus(image);
    assert.ok(found && found.sizeBytes > 0, 'the image is there and has a size');
    assert.equal((await runtime.imageStatus(found.id))?.id, found.id, 'it is found by its id too');
    assert.ok(
      (await runtime.listImages()).some(({ id }) => id === found.id),
      'it is in the list',
    );
    assert.equal(await runtime.imageStatus(missingImage), undefined);
    await runtime.removeImage(missingImage);
    assert.ok((await runtime.imageFilesystem()).length > 0, 'there is a file system of images');
  },
  async 'pull failure'({ runtime, subject: { missingImage } }: ConformanceStage) {
    await assert.rejects(runtime.pullImage(missingImage, undefined, undefined), RuntimeError);
  },
};

/** All rules, by name. */
export const runtimeCases = { ...nodeCases, ...sandboxCases, ...containerCases, ...executionCases, ...imageCases } satisfies Record<string, RuntimeCaseBody>;
