import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { RuntimeError, type ContainerConfig, type ContainerStatus, type LinuxContainerResources, type NamespaceOption, type PodSandboxConfig, type Runtime, type RuntimeErrorCode } from './contract.ts';

/** A runtime under test. */
export interface RuntimeSubject extends AsyncDisposable {
  readonly runtime: Runtime;
  /** An image that is present and has a POSIX shell as `sh`, with `sleep`, `echo`, `cat`, `true` and `false`. A runtime that runs nothing may name any. */
  readonly image: string;
  /** An image that is not there and cannot be pulled. */
  readonly missingImage: string;
  /** What a sandbox's `cgroupParent` is; default `''`, the runtime's own. */
  readonly cgroupParent?: string;
}

/** The cases of the suite, by name. */
export type RuntimeCase =
  | 'version' | 'status' | 'sandbox life' | 'unknown sandbox' | 'same sandbox twice' | 'unknown handler' | 'host network' | 'container life' | 'unknown container' | 'unknown image'
  | 'exit code' | 'start twice' | 'stop signal' | 'kill' | 'remove running' | 'stop sandbox' | 'filters' | 'log' | 'log rotation' | 'environment' | 'exec' | 'exec time limit' | 'exec stopped'
  | 'statistics' | 'resources' | 'events' | 'streams' | 'images' | 'pull failure' | 'many at once';

export interface ConformanceOptions {
  /** Cases the runtime cannot pass, each with the reason, which the report shows. */
  readonly skip?: Partial<Record<RuntimeCase, string>>;
}

/** Declares a suite with `node:test` that holds a runtime to the contract. `create` is called once; each case makes sandboxes of its own. */
export function runtimeConformance(name: string, create: () => Promise<RuntimeSubject>, { skip = {} }: ConformanceOptions = {}): void {
  void describe(`${name} keeps the runtime contract`, { concurrency: 4 }, () => {
    const stage = new Stage();
    before(async () => stage.open(await create()));
    after(() => stage.close());
    const cases: Record<RuntimeCase, (stage: Stage) => Promise<void>> = { ...nodeCases, ...sandboxCases, ...containerCases, ...executionCases, ...imageCases };
    for (const [title, run] of Object.entries(cases) as [RuntimeCase, (stage: Stage) => Promise<void>][]) void it(title, { skip: skip[title] ?? false }, () => run(stage));
  });
}

const podNamespaces: NamespaceOption = { network: 'pod', pid: 'container', ipc: 'pod' };

/** Resources that ask for nothing. */
export const noResources: LinuxContainerResources = {
  cpuPeriod: 0, cpuQuota: 0, cpuShares: 0, memoryLimitBytes: 0, oomScoreAdj: 0, cpusetCpus: '', cpusetMems: '', hugepageLimits: [], unified: {}, memorySwapLimitBytes: 0,
};

/** A complete sandbox configuration for a pod called `name`. On the host's network a pod has no hostname of its own. */
export function sandboxConfig(name: string, logDirectory: string, options: { readonly cgroupParent?: string; readonly namespaces?: NamespaceOption } = {}): PodSandboxConfig {
  return {
    metadata: { name, uid: randomUUID(), namespace: 'conformance', attempt: 0 },
    hostname: options.namespaces?.network === 'node' ? '' : name,
    logDirectory,
    portMappings: [],
    labels: { 'io.kubernetes.pod.name': name },
    annotations: { note: 'kept as it is' },
    linux: {
      cgroupParent: options.cgroupParent ?? '',
      sysctls: {},
      security: { namespaces: options.namespaces ?? podNamespaces, privileged: false, readonlyRootfs: false, supplementalGroups: [] },
    },
  };
}

/** A complete container configuration. */
export function containerConfig(name: string, image: string, words: readonly string[], overrides: Partial<ContainerConfig> = {}): ContainerConfig {
  return {
    metadata: { name, attempt: 0 },
    image,
    userSpecifiedImage: image,
    command: words,
    args: [],
    workingDirectory: '',
    environment: [],
    mounts: [],
    devices: [],
    cdiDevices: [],
    labels: { 'io.kubernetes.container.name': name },
    annotations: {},
    logPath: `${name}.log`,
    stdin: false,
    stdinOnce: false,
    tty: false,
    linux: {
      resources: noResources,
      security: {
        capabilitiesAdd: [], capabilitiesDrop: [], privileged: false, namespaces: podNamespaces, readonlyRootfs: false, supplementalGroups: [], noNewPrivileges: false, maskedPaths: [], readonlyPaths: [],
      },
    },
    ...overrides,
  };
}

/** The subject, and short forms of what most cases do. */
class Stage {
  #subject: RuntimeSubject | undefined;
  #logDirectory = '';
  readonly #sandboxes: string[] = [];

  async open(subject: RuntimeSubject): Promise<void> {
    this.#subject = subject;
    this.#logDirectory = await mkdtemp(join(tmpdir(), 'wherry-runtime-'));
  }

  async close(): Promise<void> {
    await Promise.all(this.#sandboxes.map((id) => this.runtime.stopPodSandbox(id).then(() => this.runtime.removePodSandbox(id))));
    await this.#subject?.[Symbol.asyncDispose]();
    if (this.#logDirectory !== '') await rm(this.#logDirectory, { recursive: true, force: true });
  }

  get subject(): RuntimeSubject {
    assert.ok(this.#subject, 'the runtime was made');
    return this.#subject;
  }

  get runtime(): Runtime {
    return this.subject.runtime;
  }

  newConfig(name: string, namespaces?: NamespaceOption): PodSandboxConfig {
    const { cgroupParent } = this.subject;
    return sandboxConfig(name, join(this.#logDirectory, name), { ...(cgroupParent === undefined ? {} : { cgroupParent }), ...(namespaces ? { namespaces } : {}) });
  }

  async sandbox(config: PodSandboxConfig): Promise<string> {
    const id = await this.runtime.runPodSandbox(config, '');
    this.#sandboxes.push(id);
    return id;
  }

  /** Creates and starts one container in a sandbox of its own. */
  async run(name: string, words: readonly string[], overrides: Partial<ContainerConfig> = {}): Promise<{ id: string; sandboxId: string; config: PodSandboxConfig }> {
    const config = this.newConfig(name);
    const sandboxId = await this.sandbox(config);
    const image = await this.runtime.imageStatus(this.subject.image);
    assert.ok(image, `the image ${this.subject.image} is present`);
    const id = await this.runtime.createContainer(sandboxId, containerConfig('main', image.id, words, overrides), config);
    await this.runtime.startContainer(id);
    return { id, sandboxId, config };
  }

  async untilExited(id: string): Promise<ContainerStatus> {
    return eventually(async () => {
      const status = await this.runtime.containerStatus(id);
      return status.state === 'exited' ? status : undefined;
    });
  }
}

/** Asks until there is an answer; a test's own time limit ends what never happens. */
async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function refuses(code: RuntimeErrorCode, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error: unknown) => {
    assert.ok(error instanceof RuntimeError, `${String(error)} is a RuntimeError`);
    assert.equal(error.code, code, error.message);
    return true;
  });
}

type Cases<Name extends RuntimeCase> = Record<Name, (stage: Stage) => Promise<void>>;
const untilStopped = ['sh', '-c', 'trap "exit 0" TERM; while true; do sleep 0.05; done'];

const nodeCases: Cases<'version' | 'status'> = {
  async version({ runtime }) {
    const { name, version, apiVersion } = await runtime.version();
    assert.notEqual(name, '');
    assert.notEqual(version, '');
    assert.equal(apiVersion, 'v1');
  },
  async status({ runtime }) {
    const { conditions, handlers } = await runtime.status();
    assert.deepEqual(conditions.map(({ type }) => type).filter((type) => type.endsWith('Ready')).sort(), ['NetworkReady', 'RuntimeReady']);
    assert.ok(handlers.includes(''), 'the default handler is listed');
  },
};

const sandboxCases: Cases<'sandbox life' | 'unknown sandbox' | 'same sandbox twice' | 'unknown handler' | 'host network' | 'stop sandbox' | 'many at once'> = {
  async 'sandbox life'(stage) {
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
  async 'unknown sandbox'({ runtime }) {
    const id = '0'.repeat(64);
    await refuses('NOT_FOUND', runtime.podSandboxStatus(id));
    await runtime.stopPodSandbox(id);
    await runtime.removePodSandbox(id);
    assert.deepEqual(await runtime.listPodSandboxes({ id }), []);
  },
  async 'same sandbox twice'(stage) {
    const config = stage.newConfig('twice');
    const first = await stage.sandbox(config);
    await assert.rejects(stage.runtime.runPodSandbox(config, ''), RuntimeError);
    const second = await stage.sandbox({ ...config, metadata: { ...config.metadata, attempt: 1 } });
    assert.notEqual(first, second);
  },
  async 'unknown handler'(stage) {
    await assert.rejects(stage.runtime.runPodSandbox(stage.newConfig('handler'), 'no-such-handler'), RuntimeError);
  },
  async 'host network'(stage) {
    const id = await stage.sandbox(stage.newConfig('host', { network: 'node', pid: 'container', ipc: 'pod' }));
    assert.deepEqual((await stage.runtime.podSandboxStatus(id)).ips, []);
  },
  async 'stop sandbox'(stage) {
    const { id, sandboxId } = await stage.run('stopped', untilStopped);
    await stage.runtime.stopPodSandbox(sandboxId);
    assert.equal((await stage.untilExited(id)).exitCode, 137);
    await stage.runtime.removePodSandbox(sandboxId);
    await refuses('NOT_FOUND', stage.runtime.containerStatus(id));
  },
  async 'many at once'(stage) {
    const ids = await Promise.all(Array.from({ length: 4 }, (_, index) => stage.sandbox(stage.newConfig(`many-${index}`))));
    const addresses = await Promise.all(ids.map(async (id) => (await stage.runtime.podSandboxStatus(id)).ips[0]));
    assert.equal(new Set(addresses).size, ids.length);
  },
};

type ContainerCase = 'container life' | 'unknown container' | 'unknown image' | 'exit code' | 'start twice' | 'stop signal' | 'kill' | 'remove running' | 'filters';

const containerCases: Cases<ContainerCase> = {
  async 'container life'(stage) {
    const { runtime } = stage;
    const { id, sandboxId } = await stage.run('container', untilStopped);
    const running = await runtime.containerStatus(id);
    assert.equal(running.state, 'running');
    assert.ok(running.startedAtMs >= running.createdAtMs && running.finishedAtMs === 0, 'it has begun and not ended');
    assert.deepEqual(running.metadata, { name: 'main', attempt: 0 });
    assert.deepEqual((await runtime.listContainers({ sandboxId })).map((container) => container.id), [id]);
    await runtime.stopContainer(id, 10);
    const stopped = await runtime.containerStatus(id);
    assert.deepEqual([stopped.state, stopped.exitCode, stopped.reason], ['exited', 0, 'Completed']);
    assert.ok(stopped.finishedAtMs >= stopped.startedAtMs, 'it ended after it began');
    await runtime.stopContainer(id, 10);
    await runtime.removeContainer(id);
    await runtime.removeContainer(id);
    await refuses('NOT_FOUND', runtime.containerStatus(id));
  },
  async 'unknown container'({ runtime }) {
    const id = '0'.repeat(64);
    await refuses('NOT_FOUND', runtime.containerStatus(id));
    await refuses('NOT_FOUND', runtime.startContainer(id));
    await runtime.stopContainer(id, 1);
    await runtime.removeContainer(id);
    await assert.rejects(runtime.execSync(id, ['true'], 5), RuntimeError);
  },
  async 'unknown image'(stage) {
    const config = stage.newConfig('image');
    const sandboxId = await stage.sandbox(config);
    await assert.rejects(stage.runtime.createContainer(sandboxId, containerConfig('main', stage.subject.missingImage, []), config), RuntimeError);
  },
  async 'exit code'(stage) {
    const { id } = await stage.run('failing', ['false']);
    const status = await stage.untilExited(id);
    assert.deepEqual([status.exitCode, status.reason], [1, 'Error']);
  },
  async 'start twice'(stage) {
    const { id } = await stage.run('started', untilStopped);
    await assert.rejects(stage.runtime.startContainer(id), RuntimeError);
  },
  async 'stop signal'(stage) {
    const { id } = await stage.run('signalled', ['sh', '-c', 'trap "exit 0" USR1; trap "" TERM; while true; do sleep 0.05; done']);
    await stage.runtime.stopContainer(id, 1);
    assert.equal((await stage.runtime.containerStatus(id)).exitCode, 137, 'the default signal is TERM, which this one has no answer to');
  },
  async kill(stage) {
    const { id } = await stage.run('killed', ['sh', '-c', 'trap "" TERM; while true; do sleep 0.05; done']);
    await stage.runtime.stopContainer(id, 0);
    assert.deepEqual([(await stage.runtime.containerStatus(id)).state, (await stage.runtime.containerStatus(id)).exitCode], ['exited', 137]);
  },
  async 'remove running'(stage) {
    const { id } = await stage.run('removed', untilStopped);
    await stage.runtime.removeContainer(id);
    await refuses('NOT_FOUND', stage.runtime.containerStatus(id));
  },
  async filters(stage) {
    const labels = { 'test.example/filter': randomUUID() };
    const { id, sandboxId } = await stage.run('filtered', untilStopped, { labels });
    assert.deepEqual((await stage.runtime.listContainers({ labels })).map((container) => container.id), [id]);
    assert.deepEqual((await stage.runtime.listContainers({ id })).map((container) => container.sandboxId), [sandboxId]);
    assert.deepEqual(await stage.runtime.listContainers({ sandboxId, labels: { 'test.example/filter': 'other' } }), []);
    assert.deepEqual((await stage.runtime.listPodSandboxes({ labels: { 'io.kubernetes.pod.name': 'filtered' } })).map((sandbox) => sandbox.id), [sandboxId]);
  },
};

type ExecutionCase = 'log' | 'log rotation' | 'environment' | 'exec' | 'exec time limit' | 'exec stopped' | 'statistics' | 'resources' | 'events' | 'streams';

const executionCases: Cases<ExecutionCase> = {
  async log(stage) {
    const { id } = await stage.run('logging', ['echo', 'first words']);
    await stage.untilExited(id);
    const { logPath } = await stage.runtime.containerStatus(id);
    assert.match(await readFile(logPath, 'utf8'), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d) stdout F first words\n$/);
  },
  async 'log rotation'(stage) {
    const { id } = await stage.run('rotated', untilStopped);
    const { logPath } = await stage.runtime.containerStatus(id);
    await rename(logPath, `${logPath}.old`).catch(() => {}); // a container that wrote nothing may have none
    await stage.runtime.reopenContainerLog(id);
    await readFile(logPath);
  },
  async environment(stage) {
    const { id } = await stage.run('environment', ['sh', '-c', 'echo "$GREETING from $PWD as $(id -u)"; exec sleep 1000'], {
      environment: [{ name: 'GREETING', value: 'hello wörld' }],
      workingDirectory: '/tmp',
    });
    const { logPath } = await stage.runtime.containerStatus(id);
    await eventually(async () => ((await readFile(logPath, 'utf8')).includes('hello wörld from /tmp as 0') ? true : undefined));
  },
  async exec(stage) {
    const { id } = await stage.run('exec', untilStopped);
    const echoed = await stage.runtime.execSync(id, ['echo', 'a b'], 10);
    assert.deepEqual([Buffer.from(echoed.stdout).toString(), echoed.stderr.length, echoed.exitCode], ['a b\n', 0, 0]);
    const failed = await stage.runtime.execSync(id, ['sh', '-c', 'echo oops >&2; exit 7'], 0);
    assert.deepEqual([failed.stdout.length, Buffer.from(failed.stderr).toString(), failed.exitCode], [0, 'oops\n', 7]);
  },
  async 'exec time limit'(stage) {
    const { id } = await stage.run('slow', untilStopped);
    await refuses('DEADLINE_EXCEEDED', stage.runtime.execSync(id, ['sleep', '1000'], 1));
  },
  async 'exec stopped'(stage) {
    const { id } = await stage.run('over', ['true']);
    await stage.untilExited(id);
    await assert.rejects(stage.runtime.execSync(id, ['true'], 5), RuntimeError);
  },
  async statistics(stage) {
    const { id } = await stage.run('measured', untilStopped);
    const stats = await stage.runtime.containerStats(id);
    assert.equal(stats.id, id);
    assert.ok((stats.memory?.workingSetBytes ?? 0n) > 0n, 'it uses memory');
    assert.ok((await stage.runtime.listContainerStats()).some((entry) => entry.id === id), 'it is in the list');
    await refuses('NOT_FOUND', stage.runtime.containerStats('0'.repeat(64)));
  },
  async resources(stage) {
    const { id } = await stage.run('resized', untilStopped);
    await stage.runtime.updateContainerResources(id, { ...noResources, cpuShares: 512, cpuPeriod: 100_000, cpuQuota: 50_000, memoryLimitBytes: 64 * 1024 * 1024 });
    assert.equal((await stage.runtime.containerStatus(id)).state, 'running');
  },
  async events(stage) {
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
    assert.deepEqual(['created', 'started', 'stopped', 'deleted'].filter((type) => !seen.includes(type)), []);
  },
  async streams(stage) {
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

const imageCases: Cases<'images' | 'pull failure'> = {
  async images({ runtime, subject: { image, missingImage } }) {
    const found = await runtime.imageStatus(image);
    assert.ok(found && found.sizeBytes > 0, 'the image is there and has a size');
    assert.equal((await runtime.imageStatus(found.id))?.id, found.id, 'it is found by its id too');
    assert.ok((await runtime.listImages()).some(({ id }) => id === found.id), 'it is in the list');
    assert.equal(await runtime.imageStatus(missingImage), undefined);
    await runtime.removeImage(missingImage);
    assert.ok((await runtime.imageFilesystem()).length > 0, 'there is a file system of images');
  },
  async 'pull failure'({ runtime, subject: { missingImage } }) {
    await assert.rejects(runtime.pullImage(missingImage, undefined, undefined), RuntimeError);
  },
};
