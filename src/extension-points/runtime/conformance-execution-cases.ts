import assert from 'node:assert/strict';
import { readFile, rename } from 'node:fs/promises';
import { noResources, untilStopped } from './conformance-configs.ts';
import { type ConformanceStage, eventually, refuses } from './conformance-stage.ts';
import { RuntimeError } from './contract.ts';

/** Rules of what happens in and to running containers. */
export const executionCases = {
  async log(stage: ConformanceStage) {
    const { id } = await stage.run('logging', ['echo', 'first words']);
    await stage.untilExited(id);
    const { logPath } = await stage.runtime.containerStatus(id);
    assert.match(await readFile(logPath, 'utf8'), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d) stdout F first words\n$/);
  },
  async 'log rotation'(stage: ConformanceStage) {
    const { id } = await stage.run('rotated', untilStopped);
    const { logPath } = await stage.runtime.containerStatus(id);
    await rename(logPath, `${logPath}.old`).catch(() => {}); // a container that wrote nothing may have none
    await stage.runtime.reopenContainerLog(id);
    await readFile(logPath);
  },
  async environment(stage: ConformanceStage) {
    const { id } = await stage.run('environment', ['sh', '-c', 'echo "$GREETING from $PWD as $(id -u)"; exec sleep 1000'], {
      environment: [{ name: 'GREETING', value: 'hello wörld' }],
      workingDirectory: '/tmp',
    });
    const { logPath } = await stage.runtime.containerStatus(id);
    await eventually(async () => ((await readFile(logPath, 'utf8')).includes('hello wörld from /tmp as 0') ? true : undefined));
  },
  async exec(stage: ConformanceStage) {
    const { id } = await stage.run('exec', untilStopped);
    const echoed = await stage.runtime.execSync(id, ['echo', 'a b'], 10);
    assert.deepEqual([Buffer.from(echoed.stdout).toString(), echoed.stderr.length, echoed.exitCode], ['a b\n', 0, 0]);
    const failed = await stage.runtime.execSync(id, ['sh', '-c', 'echo oops >&2; exit 7'], 0);
    assert.deepEqual([failed.stdout.length, Buffer.from(failed.stderr).toString(), failed.exitCode], [0, 'oops\n', 7]);
  },
  async 'exec time limit'(stage: ConformanceStage) {
    const { id } = await stage.run('slow', untilStopped);
    await refuses('DEADLINE_EXCEEDED', stage.runtime.execSync(id, ['sleep', '1000'], 1));
  },
  async 'exec stopped'(stage: ConformanceStage) {
    const { id } = await stage.run('over', ['true']);
    await stage.untilExited(id);
    await assert.rejects(stage.runtime.execSync(id, ['true'], 5), RuntimeError);
  },
  async statistics(stage: ConformanceStage) {
    const { id } = await stage.run('measured', untilStopped);
    const stats = await stage.runtime.containerStats(id);
    assert.equal(stats.id, id);
    assert.ok((stats.memory?.workingSetBytes ?? 0n) > 0n, 'it uses memory');
    assert.ok(
      (await stage.runtime.listContainerStats()).some((entry) => entry.id === id),
      'it is in the list',
    );
    await refuses('NOT_FOUND', stage.runtime.containerStats('0'.repeat(64)));
  },
  async resources(stage: ConformanceStage) {
    const { id } = await stage.run('resized', untilStopped);
    await stage.runtime.updateContainerResources(id, {
      ...noResources,
      cpuShares: 512,
      cpuPeriod: 100_000,
      cpuQuota: 50_000,
      memoryLimitBytes: 64 * 1024 * 1024,
    });
    assert.equal((await stage.runtime.containerStatus(id)).state, 'running');
  },
  async events(stage: ConformanceStage) {
    assert.equal(typeof stage.runtime.events, 'function', 'it has events');
    const listening = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const event of stage.runtime.events!(listening.signal)) seen.push(event.type);
    })();
    // A subscription through the wire begins a moment later.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { id } = await stage.run('told', untilStopped);
    await stage.runtime.stopContainer(id, 5);
    await stage.runtime.removeContainer(id);
    await eventually(async () => (seen.includes('deleted') ? true : undefined));
    listening.abort();
    await reading;
    assert.deepEqual(
      ['created', 'started', 'stopped', 'deleted'].filter((type) => !seen.includes(type)),
      [],
    );
  },
  async streams(stage: ConformanceStage) {
    const { id, sandboxId } = await stage.run('streamed', untilStopped);
    const flags = { stdin: false, stdout: true, stderr: true, tty: false };
    const urls = [
      await stage.runtime.exec({ containerId: id, command: ['true'], ...flags }),
      await stage.runtime.attach({ containerId: id, ...flags }),
      await stage.runtime.portForward(sandboxId, [80]),
    ];
    for (const url of urls) assert.match(url, /^https?:\/\//);
  },
};
