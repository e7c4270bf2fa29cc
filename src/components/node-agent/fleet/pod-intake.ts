import type { Pod } from '../../../api/generated/core-v1.ts';
import { podUid } from '../directories.ts';

/** What is done with a pod when its turn comes. */
export interface PodIntakeHandler {
  put(pod: Pod): void;
  remove(pod: Pod): void;
}

// Each begins work that goes on for a millisecond or so: requests are answered between two turns.
const podsPerTurn = 8;

/** Hands on changes of pods, in order, a few in each turn of the event loop; of a pod that changed again meanwhile only the newest. */
export class PodIntake implements Disposable {
  readonly #handler: PodIntakeHandler;
  readonly #waiting = new Map<string, { readonly pod: Pod; readonly isRemoved: boolean }>();
  #turn: NodeJS.Immediate | undefined;

  constructor(handler: PodIntakeHandler) {
    this.#handler = handler;
  }

  put(pod: Pod): void {
    this.#take(pod, false);
  }

  remove(pod: Pod): void {
    this.#take(pod, true);
  }

  [Symbol.dispose](): void {
    clearImmediate(this.#turn);
    this.#waiting.clear();
  }

  #take(pod: Pod, isRemoved: boolean): void {
    this.#waiting.set(podUid(pod), { pod, isRemoved });
    this.#turn ??= setImmediate(() => this.#work());
  }

  #work(): void {
    this.#turn = undefined;
    let count = 0;
    for (const [uid, { pod, isRemoved }] of this.#waiting) {
      if (count++ === podsPerTurn) break;
      this.#waiting.delete(uid);
      if (isRemoved) this.#handler.remove(pod);
      else this.#handler.put(pod);
    }
    if (this.#waiting.size > 0) this.#turn = setImmediate(() => this.#work());
  }
}
