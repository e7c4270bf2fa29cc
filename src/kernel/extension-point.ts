/** One implementation of a contract, as the host's roster shows it. */
export interface Extension<Contract extends object> {
  /** Unique within its point; used in error messages, traces and metrics. */
  readonly name: string;
  /** Where it came from: `built-in`, a file, a package, a socket. */
  readonly origin: string;
  /** Counts how often what it belongs to was loaded, where a host loads extensions anew by generations. */
  readonly generation?: number;
  readonly implementation: Contract;
}

/** What one extension has done so far. Times are in milliseconds; `p99Ms` is over the last 256 timed calls. */
export interface ExtensionStatistics {
  readonly calls: number;
  readonly errors: number;
  readonly p99Ms: number;
}

/** Sees every timed call after it ended; for metrics and decision records. */
export type CallObserver = (call: { point: string; extension: string; method: string; durationMs: number; error?: ExtensionError }) => void;

/** A throw that left an extension: names the point, the extension and the method, and keeps the fault as `cause`. */
export class ExtensionError extends Error {
  readonly extension: string;
  constructor(point: string, extension: string, method: string, cause: unknown) {
    super(`${point}/${extension}: ${method} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'ExtensionError';
    this.extension = extension;
  }
}

type MethodName<Contract> = { [K in keyof Contract]-?: NonNullable<Contract[K]> extends (...args: never[]) => unknown ? K : never }[keyof Contract] & string;
type Method<Contract, K extends keyof Contract> =
  NonNullable<Contract[K]> extends (...args: infer Args) => infer Result ? { args: Args; result: Result } : never;
type Implementing<Contract extends object, K extends keyof Contract> = Extension<Contract & Required<Pick<Contract, K>>>;

interface Entry<Contract extends object> extends Extension<Contract> {
  calls: number;
  errors: number;
  readonly durations: Float64Array;
  timed: number;
}

/** A named place where a host calls out. How results combine is the host's business (its `run.ts`), never this class's. */
export class ExtensionPoint<Contract extends object> implements Iterable<Extension<Contract>> {
  readonly name: string;
  readonly #entries = new Map<string, Entry<Contract>>();
  readonly #observers = new Set<CallObserver>();
  readonly #byMethod = new Map<string, readonly Entry<Contract>[]>();
  #generation = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Rises with every `add` and removal, so hosts can cache what they derive from the roster. */
  get generation(): number {
    return this.#generation;
  }

  /** Adds an extension at the end. Throws when the name is taken. Disposing removes it. */
  add(extension: Extension<Contract>): Disposable {
    if (this.#entries.has(extension.name)) throw new Error(`${this.name}: an extension called "${extension.name}" is already there`);
    const entry: Entry<Contract> = { ...extension, calls: 0, errors: 0, durations: new Float64Array(256), timed: 0 };
    this.#entries.set(extension.name, entry);
    this.#changed();
    return {
      [Symbol.dispose]: () => {
        if (this.#entries.get(extension.name) === entry && this.#entries.delete(extension.name)) this.#changed();
      },
    };
  }

  get(name: string): Extension<Contract> | undefined {
    return this.#entries.get(name);
  }

  [Symbol.iterator](): Iterator<Extension<Contract>> {
    return this.#entries.values();
  }

  /** The extensions that have a method, in order. */
  implementing<K extends MethodName<Contract>>(method: K): readonly Implementing<Contract, K>[] {
    let found = this.#byMethod.get(method);
    if (!found) {
      found = [...this.#entries.values()].filter((entry) => typeof entry.implementation[method] === 'function');
      this.#byMethod.set(method, found);
    }
    return found as unknown as readonly Implementing<Contract, K>[];
  }

  /** The only door out: times, counts, reports to observers, and wraps a throw as `ExtensionError`. A synchronous method stays synchronous. */
  call<K extends MethodName<Contract>>(extension: Extension<Contract>, method: K, ...args: Method<Contract, K>['args']): Method<Contract, K>['result'] {
    const started = performance.now();
    const entry = extension as Entry<Contract>;
    try {
      const result = (entry.implementation[method] as (...args: unknown[]) => unknown)(...args);
      if (!(result instanceof Promise)) {
        this.#finish(entry, method, started);
        return result as Method<Contract, K>['result'];
      }
      return result.then(
        (value) => (this.#finish(entry, method, started), value),
        (cause: unknown) => {
          throw this.#finish(entry, method, started, cause);
        },
      ) as Method<Contract, K>['result'];
    } catch (cause) {
      throw this.#finish(entry, method, started, cause);
    }
  }

  /** Calls without timing, for hot paths that sample; errors are still wrapped and counted. */
  callUntimed<K extends MethodName<Contract>>(extension: Extension<Contract>, method: K, ...args: Method<Contract, K>['args']): Method<Contract, K>['result'] {
    const entry = extension as Entry<Contract>;
    entry.calls++;
    try {
      return (entry.implementation[method] as (...args: unknown[]) => unknown)(...args) as Method<Contract, K>['result'];
    } catch (cause) {
      entry.errors++;
      throw new ExtensionError(this.name, entry.name, method, cause);
    }
  }

  observe(observer: CallObserver): Disposable {
    this.#observers.add(observer);
    return { [Symbol.dispose]: () => void this.#observers.delete(observer) };
  }

  statistics(name: string): ExtensionStatistics | undefined {
    const entry = this.#entries.get(name);
    if (!entry) return undefined;
    const durations = entry.durations.slice(0, Math.min(entry.timed, entry.durations.length)).sort();
    return { calls: entry.calls, errors: entry.errors, p99Ms: durations[Math.floor(durations.length * 0.99)] ?? 0 };
  }

  #finish(entry: Entry<Contract>, method: string, started: number, ...fault: [unknown?]): ExtensionError | undefined {
    const durationMs = performance.now() - started;
    entry.calls++;
    entry.durations[entry.timed++ % entry.durations.length] = durationMs;
    const error = fault.length === 0 ? undefined : new ExtensionError(this.name, entry.name, method, fault[0]);
    if (error) entry.errors++;
    for (const observer of this.#observers) observer({ point: this.name, extension: entry.name, method, durationMs, ...(error ? { error } : {}) });
    return error;
  }

  #changed(): void {
    this.#generation++;
    this.#byMethod.clear();
  }
}
