/** Time, passed in so that tests can hold it. All times are milliseconds since the epoch; delays are milliseconds. */
export interface Clock {
  now(): number;
  /** Calls back once after a delay; disposing cancels. Never keeps the process alive. */
  after(delayMs: number, callback: () => void): Disposable;
  /** Resolves after a delay, or rejects with the signal's reason. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
  sleep(delayMs, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal!.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, delayMs);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  },
};

/** RFC 3339 with whole seconds, as `metav1.Time` is written. */
export const timeText = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
/** RFC 3339 with microseconds, as `metav1.MicroTime` is written. */
export const microTimeText = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/(\.\d{3})Z$/, '$1000Z');
