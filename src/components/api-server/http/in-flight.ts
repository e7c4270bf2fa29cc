import { ApiError } from '../../../api/status.ts';
import type { UserInfo } from '../../../extension-points/authentication/contract.ts';

const mutatingVerbs = new Set(['create', 'update', 'patch', 'delete', 'deletecollection', 'post', 'put']);

/** Counts requests in flight and refuses (429) beyond the bounds. Administrators are never refused. */
export class InFlight {
  reads = 0;
  writes = 0;
  /** Bodies being received, by user. */
  readonly #uploads = new Map<string, number>();
  readonly #limits: { readonly readsInFlight: number; readonly writesInFlight: number };

  constructor(limits: { readonly readsInFlight: number; readonly writesInFlight: number }) {
    this.#limits = limits;
  }

  /** Counts a body being received. Slow senders are in the way of nobody but themselves. Answers what to call when it is in. Throws ApiError 429. */
  enterUpload({ name, groups }: UserInfo): () => void {
    const count = this.#uploads.get(name) ?? 0;
    if (count >= this.#limits.writesInFlight && !groups.includes('system:masters')) throw tooManyRequests();
    this.#uploads.set(name, count + 1);
    return () => {
      const rest = (this.#uploads.get(name) ?? 1) - 1;
      if (rest > 0) this.#uploads.set(name, rest);
      else this.#uploads.delete(name);
    };
  }

  /** Answers what to call when the request is over. Throws ApiError 429. */
  enter(verb: string, user: UserInfo): () => void {
    const isWrite = mutatingVerbs.has(verb);
    const isFull = isWrite ? this.writes >= this.#limits.writesInFlight : this.reads >= this.#limits.readsInFlight;
    if (isFull && !user.groups.includes('system:masters')) throw tooManyRequests();
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

const tooManyRequests = (): ApiError =>
  new ApiError(429, 'TooManyRequests', 'too many requests, please try again later', { details: { retryAfterSeconds: 1 } });
