import { keyText } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Machinery, RequestContext, Target } from './context.ts';
import { targetKey } from './context.ts';

/** A turn held longer than this while others wait passes on: admission may itself write the object that it was asked about. */
const patienceMs = 250;
/** How long a change that names no resourceVersion is tried: upstream's limit of a request. */
const deadlineMs = 60_000;

interface Line {
  /** The one whose turn it is. */
  holder: object;
  readonly waiting: ((turn: Disposable) => void)[];
  timer: Disposable | undefined;
}

/** Lines writers of the same object up, so that n of them take n commits. A courtesy only: what is committed is guarded by revisions. */
export class WriteTurns {
  readonly #lines = new Map<string, Line>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many objects have a writer now. */
  get size(): number {
    return this.#lines.size;
  }

  /** Answers when it is the caller's turn; disposing what it answers lets the next one in. */
  take(key: string): Disposable | Promise<Disposable> {
    const line = this.#lines.get(key);
    if (line) {
      return new Promise((resolve) => {
        line.waiting.push(resolve);
        this.#limit(key, line);
      });
    }
    const holder = {};
    const fresh: Line = { holder, waiting: [], timer: undefined };
    this.#lines.set(key, fresh);
    return this.#turn(key, fresh, holder);
  }

  #turn(key: string, line: Line, holder: object): Disposable {
    return { [Symbol.dispose]: () => void (line.holder === holder && this.#next(key, line)) };
  }

  #next(key: string, line: Line): void {
    line.timer?.[Symbol.dispose]();
    line.timer = undefined;
    line.holder = {};
    const next = line.waiting.shift();
    if (!next) {
      this.#lines.delete(key);
      return;
    }
    if (line.waiting.length > 0) this.#limit(key, line);
    next(this.#turn(key, line, line.holder));
  }

  #limit(key: string, line: Line): void {
    line.timer ??= this.#clock.after(patienceMs, () => this.#next(key, line));
  }
}

/**
 * Asks `attempt` in turn with other writers of the object until it answers (undefined: someone else was faster), as upstream does for changes that name no
 * resourceVersion. Throws what `attempt` throws, the signal's reason when the client goes, ApiError 504 after a minute.
 */
export async function inTurn<T>(machinery: Machinery, context: RequestContext, target: Target, attempt: () => Promise<T | undefined>): Promise<T> {
  const lineOf = `${target.served.prefix}/${keyText(targetKey(target))}`;
  const startMs = machinery.clock.now();
  for (;;) {
    using _turn = await machinery.turns.take(lineOf);
    context.signal.throwIfAborted();
    const outcome = await attempt();
    if (outcome !== undefined) return outcome;
    if (machinery.clock.now() - startMs > deadlineMs)
      throw new ApiError(504, 'Timeout', 'Timeout: request did not complete within requested timeout - context deadline exceeded');
  }
}
