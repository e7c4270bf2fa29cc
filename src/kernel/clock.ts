/** Time, passed in so that tests can hold it. All times are milliseconds since the epoch; delays are milliseconds. */
export interface Clock {
  now(): number;
  /** Calls back once after a delay; disposing cancels. Never keeps the process alive. */
  after(delayMs: number, callback: () => void): Disposable;
  /** Resolves after a delay, or rejects with the signal's reason. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** Node takes a longer delay for none at all. */
const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    let timer: NodeJS.Timeout;
    const wait = (leftMs: number): void => {
      timer = leftMs <= longestTimerMs ? setTimeout(callback, leftMs) : setTimeout(() => wait(leftMs - longestTimerMs), longestTimerMs);
      timer.unref();
    };
    wait(delayMs);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
  sleep(delayMs, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      let timer: NodeJS.Timeout;
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal!.reason as Error);
      };
      const wait = (leftMs: number): void => {
        if (leftMs > longestTimerMs) return void (timer = setTimeout(() => wait(leftMs - longestTimerMs), longestTimerMs));
        timer = setTimeout(() => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        }, leftMs);
      };
      wait(delayMs);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  },
};

/** RFC 3339 with whole seconds, as `metav1.Time` is written. */
export const timeText = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
/** RFC 3339 with microseconds, as `metav1.MicroTime` is written. */
export const microTimeText = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/(\.\d{3})Z$/, '$1000Z');
