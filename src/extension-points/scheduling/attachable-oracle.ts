import type { Pod } from '../../api/generated/core-v1.ts';
import { unavailable } from '../../api/status.ts';
import type { SchedulingAttempt, SchedulingOracle } from './decision.ts';

/** An oracle that can be asked before there is a scheduler, and answers 503 until one is attached. */
export class AttachableOracle implements SchedulingOracle {
  #oracle: SchedulingOracle | undefined;

  /** Disposing detaches it. */
  attach(oracle: SchedulingOracle): Disposable {
    this.#oracle = oracle;
    return { [Symbol.dispose]: () => void (this.#oracle = this.#oracle === oracle ? undefined : this.#oracle) };
  }

  review(pod: Pod, signal: AbortSignal): Promise<SchedulingAttempt> {
    return this.#oracle ? this.#oracle.review(pod, signal) : Promise.reject(unavailable('the scheduler is not running'));
  }
}
