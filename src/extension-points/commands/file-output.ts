import { fstatSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';

/** A file that is open for writing. Unlike Node's own stream for standard output it writes the rest when the system took a part, so that a full disk is never missed. */
export class FileOutput extends Writable {
  readonly #descriptor: number;

  constructor(descriptor: number) {
    super({ decodeStrings: true });
    this.#descriptor = descriptor;
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    try {
      for (let written = 0; written < chunk.length; ) written += writeSync(this.#descriptor, chunk, written);
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  }
}

/** Whether a descriptor leads to a file of a disk: no terminal, pipe or device. */
export const isFile = (descriptor: number): boolean => fstatSync(descriptor).isFile();
