import type { Clock } from './clock.ts';

/** Something that several records hold. It counts once, for as long as one of them is there. */
export interface Share {
  readonly bytes: number;
}

export interface BoundedRecordsOptions<Value> {
  readonly clock: Clock;
  readonly maximumBytes: number;
  /** Of records that are not kept: since they were put, or released. */
  readonly maximumAgeMs: number;
  /** Told of each record that fell out, not of those that were deleted or replaced. */
  readonly onDropped?: (key: string, value: Value) => void;
}

interface Entry<Value> {
  value: Value;
  bytes: number;
  shares: readonly Share[];
  sinceMs: number;
}

/**
 * Records by key within a number of bytes, which is never exceeded: the oldest fall out. Records that are kept outlive all others, and fall out, oldest first, only
 * when nothing else is left to. A record that is larger than all the room is not taken. Sizes are what the caller says they are.
 */
export class BoundedRecords<Value> implements Iterable<[key: string, value: Value]> {
  readonly #options: BoundedRecordsOptions<Value>;
  /** Oldest first, as maps keep the order in which keys came. */
  readonly #kept = new Map<string, Entry<Value>>();
  readonly #loose = new Map<string, Entry<Value>>();
  readonly #holders = new Map<Share, number>();
  #bytes = 0;

  constructor(options: BoundedRecordsOptions<Value>) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#kept.size + this.#loose.size;
  }

  /** Adds a record as the newest, in place of one of the same key. */
  put(key: string, value: Value, { bytes, shares = [], isKept = false }: { bytes: number; shares?: readonly Share[]; isKept?: boolean }): void {
    this.delete(key);
    if (shares.reduce((total, share) => total + share.bytes, bytes) > this.#options.maximumBytes) return this.#options.onDropped?.(key, value);
    (isKept ? this.#kept : this.#loose).set(key, { value, bytes, shares, sinceMs: this.#options.clock.now() });
    this.#bytes += bytes;
    for (const share of shares) this.#hold(share);
    this.#trim();
  }

  /** A record has become larger or smaller, or holds other shares. No effect for one that is not there. */
  resize(key: string, { bytes, shares }: { bytes: number; shares?: readonly Share[] }): void {
    const entry = this.#kept.get(key) ?? this.#loose.get(key);
    if (!entry) return;
    this.#bytes += bytes - entry.bytes;
    entry.bytes = bytes;
    if (shares && shares !== entry.shares) {
      for (const share of shares) this.#hold(share);
      for (const share of entry.shares) this.#letGo(share);
      entry.shares = shares;
    }
    // What has outgrown all the room is not to drive out the others first.
    if (entry.shares.reduce((total, share) => total + share.bytes, bytes) > this.#options.maximumBytes) this.#drop(key, entry.value);
    this.#trim();
  }

  /** A kept record becomes one like the others, the newest of them. */
  release(key: string): void {
    const entry = this.#kept.get(key);
    if (!entry) return;
    this.#kept.delete(key);
    entry.sinceMs = this.#options.clock.now();
    this.#loose.set(key, entry);
    this.#trim();
  }

  get(key: string): Value | undefined {
    this.#expire();
    return (this.#kept.get(key) ?? this.#loose.get(key))?.value;
  }

  isKept(key: string): boolean {
    return this.#kept.has(key);
  }

  delete(key: string): void {
    const entry = this.#kept.get(key) ?? this.#loose.get(key);
    if (!entry) return;
    this.#kept.delete(key);
    this.#loose.delete(key);
    this.#bytes -= entry.bytes;
    for (const share of entry.shares) this.#letGo(share);
  }

  /** Kept ones first, oldest first. */
  *[Symbol.iterator](): Iterator<[key: string, value: Value]> {
    this.#expire();
    for (const entries of [this.#kept, this.#loose]) for (const [key, { value }] of entries) yield [key, value];
  }

  #hold(share: Share): void {
    const holders = this.#holders.get(share) ?? 0;
    if (holders === 0) this.#bytes += share.bytes;
    this.#holders.set(share, holders + 1);
  }

  #letGo(share: Share): void {
    const holders = this.#holders.get(share)! - 1;
    if (holders > 0) return void this.#holders.set(share, holders);
    this.#holders.delete(share);
    this.#bytes -= share.bytes;
  }

  #trim(): void {
    this.#expire();
    for (const entries of [this.#loose, this.#kept]) {
      for (const [key, { value }] of entries) {
        if (this.#bytes <= this.#options.maximumBytes) return;
        this.#drop(key, value);
      }
    }
  }

  #expire(): void {
    const { clock, maximumAgeMs } = this.#options;
    const before = clock.now() - maximumAgeMs;
    for (const [key, { sinceMs, value }] of this.#loose) {
      if (sinceMs >= before) return;
      this.#drop(key, value);
    }
  }

  #drop(key: string, value: Value): void {
    this.delete(key);
    this.#options.onDropped?.(key, value);
  }
}
