import type { NodeStatus } from '../../../api/generated/core-v1.ts';
import type { Runtime } from '../../../extension-points/runtime/contract.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import { nodeImages } from './node-registrar.ts';

export interface NodeImageListParts {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange: () => void;
}

const everyMs = 300_000;

/** The images a node has, as its status shows them; looked at now and then. */
export class NodeImageList implements Disposable {
  readonly #parts: NodeImageListParts;
  #images: NodeStatus['images'] = [];
  #timer: Disposable | undefined;
  #isClosed = false;

  constructor(parts: NodeImageListParts) {
    this.#parts = parts;
  }

  get images(): NodeStatus['images'] {
    return this.#images;
  }

  start(): void {
    void this.#refresh();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#timer?.[Symbol.dispose]();
  }

  async #refresh(): Promise<void> {
    const { runtime, clock, log, onChange } = this.#parts;
    try {
      this.#images = nodeImages(await runtime.listImages());
      if (!this.#isClosed) onChange();
    } catch (error) {
      log.debug('images not listed', { error });
    }
    if (!this.#isClosed) this.#timer = clock.after(everyMs, () => void this.#refresh());
  }
}
