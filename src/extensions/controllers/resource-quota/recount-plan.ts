import type { Clock } from '../../../kernel/clock.ts';

/** Upstream's `--resource-quota-sync-period`. */
export const resyncMs = 5 * 60_000;
/** Where very many objects are counted (about a microsecond each), and many of them go, they are not all counted again for each. */
const restPerLookMs = 0.01;
const shortestRestMs = 10;

interface QuotaPlan {
  restsUntilMs: number;
  /** How often something happened that must be counted, and how much of that has been. */
  wants: number;
  wantsServed: number;
  /** When it was last counted for any such reason, or because it was time. */
  fullAtMs: number;
}

/** When quotas are counted again, and what for. */
export class RecountPlan {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #byQuota = new Map<string, QuotaPlan>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** Something happened that must be counted. Answers in how many milliseconds to do so. */
  want(key: string): number {
    const plan = this.#of(key);
    plan.wants++;
    return plan.restsUntilMs - this.#clock.now();
  }

  /**
   * A count begins. `isRecheck`: only to see what became of charges. Such a count leaves limits alone that somebody else has put in the status, until the next full one.
   * `done` is called when its result, after so many objects were looked at, has been written.
   */
  begin(key: string): { readonly isRecheck: boolean; done(looks: number): void } {
    const plan = this.#of(key);
    const { wants } = plan;
    const startMs = this.#clock.now();
    const isRecheck = wants === plan.wantsServed && startMs - plan.fullAtMs < resyncMs;
    return {
      isRecheck,
      done: (looks) => {
        const restMs = looks * restPerLookMs;
        plan.restsUntilMs = restMs > shortestRestMs ? this.#clock.now() + restMs : 0;
        plan.wantsServed = wants;
        if (!isRecheck) plan.fullAtMs = startMs;
      },
    };
  }

  forget(key: string): void {
    this.#byQuota.delete(key);
  }

  #of(key: string): QuotaPlan {
    let plan = this.#byQuota.get(key);
    if (!plan) this.#byQuota.set(key, (plan = { restsUntilMs: 0, wants: 0, wantsServed: 0, fullAtMs: 0 }));
    return plan;
  }
}
