/** What an archive may hold. Plugins are programs of some tens of megabytes; beyond this it is an accident or an attack. */
export interface ArchiveLimits {
  readonly entries: number;
  /** Of all files together, unpacked. */
  readonly bytes: number;
  /** Unpacked to packed bytes; asked from `ratioFromBytes` on, so that small text files may be as repetitive as they like. */
  readonly ratio: number;
  readonly ratioFromBytes: number;
}

export const archiveLimits: ArchiveLimits = { entries: 50_000, bytes: 4 * 1024 ** 3, ratio: 250, ratioFromBytes: 256 * 1024 ** 2 };

/** Counts what comes out of one archive. */
export class UnpackBudget {
  readonly #limits: ArchiveLimits;
  readonly #packedBytes: number;
  #entries = 0;
  #bytes = 0;

  constructor(packedBytes: number, limits: ArchiveLimits = archiveLimits) {
    this.#packedBytes = packedBytes;
    this.#limits = limits;
  }

  /** Throws when there is one too many. */
  countEntry(): void {
    if (++this.#entries > this.#limits.entries) throw new Error(`the archive has more than ${this.#limits.entries} entries`);
  }

  /** Throws when the files are too large together. */
  countBytes(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#limits.bytes) throw new Error(`the archive unpacks to more than ${this.#limits.bytes} bytes`);
    if (this.#bytes > this.#limits.ratioFromBytes && this.#bytes > this.#packedBytes * this.#limits.ratio)
      throw new Error(`the archive unpacks to more than ${this.#limits.ratio} times its size`);
  }
}
