import type { Writable } from 'node:stream';

/**
 * Settles when everything written to an answer is with the kernel, or the client has gone; `undefined` when that is so already. An answer that its client does not
 * take within so many seconds is broken off. Never rejects.
 */
export function departure(out: Writable, seconds: number, breakOff: () => void): Promise<void> | undefined {
  if (out.writableFinished || out.destroyed) return undefined;
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      breakOff();
      resolve();
    }, seconds * 1_000);
    const over = (): void => {
      clearTimeout(timer);
      resolve();
    };
    out.once('finish', over).once('close', over);
  });
}
