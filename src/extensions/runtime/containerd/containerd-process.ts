import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { Backoff } from '../../../kernel/backoff.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import type { Layout } from './layout.ts';
import { bootId, hasEnded, identify, isAlive, type ProcessIdentity, signalProcess } from './process-identity.ts';
import { programEnvironment } from './run-program.ts';

/** What is remembered of a containerd between runs of wherry. */
interface ProcessRecord extends ProcessIdentity {
  readonly configurationDigest: string;
}

export interface ContainerdProcessOptions {
  readonly layout: Layout;
  /** Text of the configuration file. */
  readonly configuration: string;
  /** Resolves when the process answers on its socket, rejects when it does not yet. */
  readonly probe: () => Promise<unknown>;
  readonly clock: Clock;
  readonly log: Log;
}

const program = 'containerd';
// Long for machines whose disk stands still at times: one that ends is noticed at once.
const startTimeoutMs = 60_000;
const stopTimeoutMs = 5_000;
const watchIntervalMs = 500;
const maximumLogBytes = 16 * 1024 * 1024;

/** A containerd that outlives the process that started it, and is started again when it dies. Containers live on meanwhile: each has a shim of its own. */
export class ContainerdProcess {
  readonly #options: ContainerdProcessOptions;
  readonly #backoff: Backoff;
  #process: ProcessIdentity | undefined;
  #watch: Disposable | undefined;
  readonly #closing = new AbortController();

  constructor(options: ContainerdProcessOptions) {
    this.#options = options;
    this.#backoff = new Backoff({ initialMs: 100, maximumMs: 10_000, forgetAfterMs: 60_000, now: () => options.clock.now() });
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Takes over the containerd of an earlier run if it lives, answers and has the same configuration; else starts one. Rejects with the end of its log. */
  async start(signal?: AbortSignal): Promise<'adopted' | 'started'> {
    const { layout, configuration } = this.#options;
    await mkdir(layout.directory, { recursive: true, mode: 0o700 });
    const record = readRecord(layout);
    if (record && isAlive(record)) {
      if (record.configurationDigest === digestOf(configuration) && (await this.#answers(signal))) {
        this.#process = record;
        this.#watchProcess();
        return 'adopted';
      }
      await stopProcess(record);
    } else if (record && record.bootId !== bootId()) {
      // Sockets and mount points of before the reboot.
      rmSync(layout.state, { recursive: true, force: true });
    }
    await this.#launch(signal);
    this.#watchProcess();
    return 'started';
  }

  /** Stops watching; the process runs on. */
  release(): void {
    this.#closing.abort();
    this.#watch?.[Symbol.dispose]();
  }

  /** Ends the process; containers run on. */
  async stop(): Promise<void> {
    this.release();
    if (this.#process) await stopProcess(this.#process);
    rmSync(this.#options.layout.processFile, { force: true });
  }

  async #answers(signal?: AbortSignal): Promise<boolean> {
    for (let attempt = 0; attempt < 20; attempt++) {
      try {
        await this.#options.probe();
        return true;
      } catch {
        await this.#options.clock.sleep(50, signal);
      }
    }
    return false;
  }

  async #launch(signal?: AbortSignal): Promise<void> {
    const { layout, configuration } = this.#options;
    writeFileSync(layout.configuration, configuration, { mode: 0o600 });
    rmSync(layout.socket, { force: true });
    if (existsSync(layout.log) && statSync(layout.log).size > maximumLogBytes) rmSync(layout.log);
    const logStart = existsSync(layout.log) ? statSync(layout.log).size : 0;
    const child = await spawnDetached(layout);
    const identity = identify(child.pid!);
    if (identity) {
      this.#process = identity;
      writeFileSync(layout.processFile, JSON.stringify({ ...identity, configurationDigest: digestOf(configuration) } satisfies ProcessRecord));
    }
    await this.#becomeReady(child, logStart, signal);
  }

  async #becomeReady(child: ChildProcess, logStart: number, signal?: AbortSignal): Promise<void> {
    const { layout, probe } = this.#options;
    const deadline = Date.now() + startTimeoutMs;
    for (;;) {
      signal?.throwIfAborted();
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`containerd ended at once (${child.signalCode ?? child.exitCode}): ${lastWords(layout, logStart)}`);
      if (
        existsSync(layout.socket) &&
        (await probe().then(
          () => true,
          () => false,
        ))
      )
        return;
      if (Date.now() > deadline) throw new Error(`containerd did not answer within ${startTimeoutMs / 1_000} s: ${lastWords(layout, logStart)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** By number and start time, since a process that was taken over is not a child. */
  #watchProcess(): void {
    if (this.#closing.signal.aborted) return;
    this.#watch = this.#options.clock.after(watchIntervalMs, () => {
      if (this.#process && isAlive(this.#process)) this.#watchProcess();
      else void this.#restart();
    });
  }

  async #restart(): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const delayMs = this.#backoff.next('containerd');
      log.warn('containerd has ended and is started again; containers run on', { inMs: delayMs });
      try {
        await clock.sleep(delayMs, signal);
        await this.#launch(signal);
        log.info('containerd runs again', { pid: this.pid });
        return this.#watchProcess();
      } catch (error) {
        if (!signal.aborted) log.error('containerd could not be started again', { error });
      }
    }
  }
}

/** Reads the containerd of an earlier run; undefined when there was none. */
export function readRecord(layout: Layout): ProcessRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(layout.processFile, 'utf8')) as Partial<ProcessRecord>;
    const { pid, startTicks, bootId: boot, configurationDigest } = record;
    if (typeof pid !== 'number' || typeof startTicks !== 'string' || typeof boot !== 'string' || typeof configurationDigest !== 'string') return undefined;
    return { pid, startTicks, bootId: boot, configurationDigest };
  } catch {
    return undefined; // absent, or cut off by a crash: the process is then found by nobody, and its socket is replaced
  }
}

export async function stopProcess(process: ProcessIdentity): Promise<void> {
  signalProcess(process, 'SIGTERM');
  if (await hasEnded(process, stopTimeoutMs)) return;
  signalProcess(process, 'SIGKILL');
  await hasEnded(process, stopTimeoutMs);
}

/** In a session of its own, so that a Ctrl-C meant for wherry does not reach it, and writing to a file, so that it does not need wherry to read. */
async function spawnDetached(layout: Layout): Promise<ChildProcess> {
  const output = openSync(layout.log, 'a', 0o600);
  try {
    const child = spawn(program, ['--config', layout.configuration], {
      detached: true,
      stdio: ['ignore', output, output],
      env: programEnvironment(),
      cwd: '/',
    });
    await once(child, 'spawn').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      throw new Error(
        'containerd is not installed: on Debian `apt-get install containerd runc containernetworking-plugins`; or name a running runtime with --container-runtime-endpoint',
        { cause: error },
      );
    });
    child.unref();
    return child;
  } finally {
    closeSync(output);
  }
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What containerd wrote since it was started: the last few lines. */
function lastWords(layout: Layout, logStart: number): string {
  const text = existsSync(layout.log) ? readFileSync(layout.log).subarray(logStart).toString() : '';
  return text.trim().split('\n').slice(-5).join(' | ') || `it wrote nothing to ${layout.log}`;
}
