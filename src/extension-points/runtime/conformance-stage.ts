import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { containerConfig, sandboxConfig } from './conformance-configs.ts';
import {
  type ContainerConfig,
  type ContainerStatus,
  type NamespaceOption,
  type PodSandboxConfig,
  type Runtime,
  RuntimeError,
  type RuntimeErrorCode,
} from './contract.ts';

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

/** The subject, and short forms of what most cases do. */
export class ConformanceStage {
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
    return sandboxConfig(name, join(this.#logDirectory, name), {
      ...(cgroupParent === undefined ? {} : { cgroupParent }),
      ...(namespaces ? { namespaces } : {}),
    });
  }

  async sandbox(config: PodSandboxConfig): Promise<string> {
    const id = await this.runtime.runPodSandbox(config, '');
    this.#sandboxes.push(id);
    return id;
  }

  /** Creates and starts one container in a sandbox of its own. */
  async run(
    name: string,
    words: readonly string[],
    overrides: Partial<ContainerConfig> = {},
  ): Promise<{ id: string; sandboxId: string; config: PodSandboxConfig }> {
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
export async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Asserts that a call is refused with a code. */
export async function refuses(code: RuntimeErrorCode, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error: unknown) => {
    assert.ok(error instanceof RuntimeError, `${String(error)} is a RuntimeError`);
    assert.equal(error.code, code, error.message);
    return true;
  });
}
