import { Transform } from 'node:stream';

/** `ctrl-p,ctrl-q` */
export const defaultDetachKeys = 'ctrl-p,ctrl-q';

const controlKeys: Readonly<Record<string, number>> = { '@': 0, '[': 27, '\\': 28, ']': 29, '^': 30, _: 31 };

/** Reads a sequence of keys: single characters and `ctrl-X`, with commas between. Throws with the words of Docker's library, which kubectl uses. */
export function parseDetachKeys(text: string): Buffer {
  const codes = text.split(',').map((key) => {
    if (key.length === 1) return key.charCodeAt(0);
    const control = /^ctrl-(.)$/.exec(key)?.[1];
    if (control !== undefined && /[a-z]/.test(control)) return control.charCodeAt(0) - 96;
    const code = control === undefined ? undefined : controlKeys[control];
    if (code === undefined) throw new Error(`could not bind detach keys: Unknown character: '${key}'`);
    return code;
  });
  return Buffer.from(codes);
}

/** Passes input on until the keys come one after the other; then it ends. Keys that only began like them are passed on late. */
export class DetachFilter extends Transform {
  readonly #keys: Buffer;
  #matched = 0;
  #isDetached = false;

  constructor(keys: Buffer) {
    super();
    this.#keys = keys;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const passed: number[] = [];
    for (const byte of chunk) {
      if (this.#isDetached) break;
      if (byte !== this.#keys[this.#matched]) {
        passed.push(...this.#keys.subarray(0, this.#matched));
        this.#matched = 0;
      }
      if (byte !== this.#keys[this.#matched]) passed.push(byte);
      else if (++this.#matched === this.#keys.length) {
        this.#isDetached = true;
        this.emit('detached');
      }
    }
    if (passed.length > 0) this.push(Buffer.from(passed));
    if (this.#isDetached) this.end();
    done();
  }

  override _flush(done: () => void): void {
    if (!this.#isDetached && this.#matched > 0) this.push(this.#keys.subarray(0, this.#matched));
    done();
  }
}
