import { Backoff } from '../../kernel/backoff.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Extension, ExtensionPoint } from '../../kernel/extension-point.ts';
import type { Log } from '../../kernel/log.ts';
import type { Controller, ControllerDeps } from './contract.ts';

export interface ControllerHostOptions {
  readonly controllers: ExtensionPoint<Controller>;
  /** What a controller is started with; disposed of after the controller was stopped. Asked anew for each start. */
  readonly depsFor: (name: string) => { readonly deps: ControllerDeps } & Partial<AsyncDisposable>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ControllerHost extends AsyncDisposable {
  /** Resolves when every controller has started or failed its first start. */
  readonly ready: Promise<void>;
  /** Starts what was added to the point since, and stops what was removed from it. */
  refresh(): Promise<void>;
}

/**
 * Starts every controller of a point, all at once and apart from each other: one that fails to start is logged and started again after 1 s doubling to 60 s.
 * Disposing stops them in reverse order.
 */
export function runControllers(options: ControllerHostOptions): ControllerHost {
  const running = new Map<Extension<Controller>, Runner>();
  const start = async (extension: Extension<Controller>): Promise<void> => {
    const runner = new Runner(extension, options);
    running.set(extension, runner);
    await runner.firstStart;
  };
  const refresh = async (): Promise<void> => {
    const wanted = new Set(options.controllers);
    const removed = [...running].filter(([extension]) => !wanted.has(extension)).reverse();
    for (const [extension, runner] of removed) {
      running.delete(extension);
      await runner.stop();
    }
    await Promise.all([...wanted].filter((extension) => !running.has(extension)).map(start));
  };
  return {
    ready: refresh(),
    refresh,
    async [Symbol.asyncDispose](): Promise<void> {
      for (const runner of [...running.values()].reverse()) await runner.stop();
      running.clear();
    },
  };
}

class Runner {
  readonly firstStart: Promise<void>;
  readonly #extension: Extension<Controller>;
  readonly #options: ControllerHostOptions;
  readonly #abort = new AbortController();
  readonly #running: Promise<void>;

  constructor(extension: Extension<Controller>, options: ControllerHostOptions) {
    this.#extension = extension;
    this.#options = options;
    const first = Promise.withResolvers<void>();
    this.firstStart = first.promise;
    this.#running = this.#run(first.resolve).finally(first.resolve);
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('controller stopped'));
    await this.#running;
  }

  async #run(onFirstStart: () => void): Promise<void> {
    const { clock, log } = this.#options;
    const { name } = this.#extension;
    const backoff = new Backoff({ initialMs: 1_000, maximumMs: 60_000, now: () => clock.now() });
    while (!this.#abort.signal.aborted) {
      try {
        return await this.#runOnce(onFirstStart);
      } catch (error) {
        if (this.#abort.signal.aborted) return log.debug('a controller ended with an error while it was stopped', { controller: name, error });
        const delayMs = backoff.next(name);
        log.error('a controller could not start and will be started again', { controller: name, afterMs: delayMs, error });
        onFirstStart();
        await clock.sleep(delayMs, this.#abort.signal).catch(() => undefined); // the loop looks at the signal
      }
    }
  }

  #reportLate(error: unknown): void {
    this.#options.log.debug('a controller that was stopped while it started ended with an error', { controller: this.#extension.name, error });
  }

  async #runOnce(onStarted: () => void): Promise<void> {
    const lent = this.#options.depsFor(this.#extension.name);
    try {
      const starting = this.#options.controllers.call(this.#extension, 'start', lent.deps);
      const stopped = aborted(this.#abort.signal);
      // What it watches may never come to be (a kind that nobody has defined yet): stopping does not wait for that.
      const started = await Promise.race([starting, stopped]);
      if (!started) return void starting.then((late) => late[Symbol.asyncDispose]()).catch((error: unknown) => this.#reportLate(error));
      onStarted();
      await stopped;
      await started[Symbol.asyncDispose]();
    } finally {
      await lent[Symbol.asyncDispose]?.();
    }
  }
}

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => (signal.aborted ? resolve(undefined) : signal.addEventListener('abort', () => resolve(undefined), { once: true })));
