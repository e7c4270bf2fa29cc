import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../../kernel/clock.ts';

/** A container's log file, in the format of the CRI: `<RFC 3339> stdout F <line>`. */
export class SimulatedLog {
  readonly #path: string;
  readonly #clock: Clock;

  /** An empty path writes nothing. */
  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  async write(text: string): Promise<void> {
    if (this.#path === '' || text === '') return;
    const time = new Date(this.#clock.now()).toISOString().replace('Z', '000000Z');
    await mkdir(dirname(this.#path), { recursive: true });
    await appendFile(
      this.#path,
      text
        .split('\n')
        .map((line) => `${time} stdout F ${line}\n`)
        .join(''),
    );
  }

  /** After a rotation: an empty file, as a real runtime leaves. */
  async reopen(): Promise<void> {
    if (this.#path !== '') await appendFile(this.#path, '');
  }
}
