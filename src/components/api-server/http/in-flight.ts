import type { UserInfo } from '../../../extension-points/authentication/contract.ts';
import { Overloaded } from '../fairness/overloaded.ts';

const mutatingVerbs = new Set(['create', 'update', 'patch', 'delete', 'deletecollection', 'post', 'put']);

/** Counts requests in flight, and refuses (429) uploads beyond a bound for each user; how many requests run at once is for priority and fairness to say. */
export class InFlight {
  reads = 0;
  writes = 0;
  /** Bodies being received, by user. */
  readonly #uploads = new Map<string, number>();
  readonly #limits: { readonly writesInFlight: number };

  constructor(limits: { readonly writesInFlight: number }) {
    this.#limits = limits;
  }

  /** Counts a body being received. Slow senders are in the way of nobody but themselves. Answers what to call when it is in. Throws ApiError 429. */
  enterUpload({ name, groups }: UserInfo): () => void {
    const count = this.#uploads.get(name) ?? 0;
    if (count >= this.#limits.writesInFlight && !groups.includes('system:masters')) throw new Overloaded();
    this.#uploads.set(name, count + 1);
    return () => {
      const rest = (this.#uploads.get(name) ?? 1) - 1;
      if (rest > 0) this.#uploads.set(name, rest);
      else this.#uploads.delete(name);
    };
  }

  /** Answers what to call when the request is over. */
  enter(verb: string): () => void {
    const isWrite = mutatingVerbs.has(verb);
    if (isWrite) this.writes++;
    else this.reads++;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      if (isWrite) this.writes--;
      else this.reads--;
    };
  }
}
