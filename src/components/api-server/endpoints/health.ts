import type { Log } from '../../../kernel/log.ts';
import type { HealthCheck } from '../options.ts';

export type HealthKind = 'healthz' | 'livez' | 'readyz';

const checkTimeoutMs = 5_000;

/** The checks behind `/healthz`, `/livez` and `/readyz`. */
export class HealthChecks {
  readonly #checks = new Map<string, HealthCheck>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
    this.add({ name: 'ping', liveness: true, check: () => {} });
  }

  add(check: HealthCheck): Disposable {
    this.#checks.set(check.name, check);
    return { [Symbol.dispose]: () => void (this.#checks.get(check.name) === check && this.#checks.delete(check.name)) };
  }

  /** Runs the checks of a path. Undefined when `only` names none. The text is upstream's. */
  async answer(
    kind: HealthKind,
    { only, exclude, verbose }: { only?: string; exclude: readonly string[]; verbose: boolean },
  ): Promise<{ status: number; text: string } | undefined> {
    const wanted = [...this.#checks.values()].filter((check) => (kind !== 'livez' || check.liveness) && (only === undefined || check.name === only));
    if (only !== undefined && wanted.length === 0) return undefined;
    const results = await Promise.all(
      wanted.map(async (check) => ({
        name: check.name,
        isExcluded: exclude.includes(check.name),
        isFine: exclude.includes(check.name) || (await this.#run(check)),
      })),
    );
    const lines = results.map(({ name, isFine, isExcluded }) =>
      isExcluded ? `[+]${name} excluded: ok` : isFine ? `[+]${name} ok` : `[-]${name} failed: reason withheld`,
    );
    const unknown = exclude.filter((name) => !wanted.some((check) => check.name === name));
    if (unknown.length > 0) lines.push(`warn: some health checks cannot be excluded: no matches for ${unknown.map((name) => JSON.stringify(name)).join(',')}`);
    if (results.some(({ isFine }) => !isFine)) return { status: 500, text: `${lines.join('\n')}\n${kind} check failed\n` };
    return { status: 200, text: verbose ? `${lines.join('\n')}\n${kind} check passed\n` : 'ok' };
  }

  async #run({ name, check }: HealthCheck): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Error('timed out')), checkTimeoutMs)));
    try {
      await Promise.race([Promise.resolve(check()), timeout]);
      return true;
    } catch (error) {
      this.#log.debug('health check failed', { check: name, error });
      return false;
    } finally {
      clearTimeout(timer);
    }
  }
}
