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
  readonly key: string;
  readonly value: Value;
  bytes: number;
  shares: readonly Share[];
  sinceMs: number;
  chain: Chain<Value>;
  before: Entry<Value> | undefined;
  after: Entry<Value> | undefined;
}

/**
 * Records by key within a number of bytes, which is never exceeded: the oldest fall out. Records that are kept outlive all others, and fall out, oldest first, only
 * when nothing else is left to. A record that is larger than all the room is not taken. Sizes are what the caller says they are.
 */
export class BoundedRecords<Value> implements Iterable<[key: string, value: Value]> {
  readonly #options: BoundedRecordsOptions<Value>;
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #kept = new Chain<Value>();
  readonly #loose = new Chain<Value>();
  readonly #holders = new Map<Share, number>();
  #bytes = 0;

  constructor(options: BoundedRecordsOptions<Value>) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Adds a record as the newest, in place of one of the same key. */
  put(key: string, value: Value, { bytes, shares = [], isKept = false }: { bytes: number; shares?: readonly Share[]; isKept?: boolean }): void {
    this.delete(key);
    if (bytesWith(bytes, shares) > this.#options.maximumBytes) return this.#options.onDropped?.(key, value);
    const chain = isKept ? this.#kept : this.#loose;
    const entry: Entry<Value> = { key, value, bytes, shares, sinceMs: this.#options.clock.now(), chain, before: undefined, after: undefined };
    this.#entries.set(key, entry);
    chain.append(entry);
    this.#bytes += bytes;
    for (const share of shares) this.#hold(share);
    this.#trim();
  }

  /** A record has become larger or smaller, or holds other shares. No effect for one that is not there. */
  resize(key: string, { bytes, shares }: { bytes: number; shares?: readonly Share[] }): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#bytes += bytes - entry.bytes;
    entry.bytes = bytes;
    if (shares && shares !== entry.shares) {
      for (const share of shares) this.#hold(share);
      for (const share of entry.shares) this.#letGo(share);
      entry.shares = shares;
    }
    // What has outgrown all the room is not to drive out the others first.
    if (bytesWith(bytes, entry.shares) > this.#options.maximumBytes) this.#drop(entry);
    this.#trim();
  }

  /** A kept record becomes one like the others, the newest of them. */
  release(key: string): void {
    const entry = this.#entries.get(key);
    if (entry?.chain !== this.#kept) return;
    this.#kept.remove(entry);
    entry.sinceMs = this.#options.clock.now();
    entry.chain = this.#loose;
    this.#loose.append(entry);
  }

  get(key: string): Value | undefined {
    this.#expire();
    return this.#entries.get(key)?.value;
  }

  isKept(key: string): boolean {
    return this.#entries.get(key)?.chain === this.#kept;
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry) this.#remove(entry);
  }

  /** Kept ones first, oldest first. May be changed meanwhile. */
  *[Symbol.iterator](): Iterator<[key: string, value: Value]> {
    this.#expire();
    const entries = [...this.#kept, ...this.#loose];
    for (const { key, value } of entries) yield [key, value];
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
    while (this.#bytes > this.#options.maximumBytes) this.#drop((this.#loose.first ?? this.#kept.first)!);
  }

  #expire(): void {
    if (!this.#loose.first) return;
    const before = this.#options.clock.now() - this.#options.maximumAgeMs;
    while (this.#loose.first && this.#loose.first.sinceMs < before) this.#drop(this.#loose.first);
  }

  #drop(entry: Entry<Value>): void {
    this.#remove(entry);
    this.#options.onDropped?.(entry.key, entry.value);
  }

  #remove(entry: Entry<Value>): void {
    this.#entries.delete(entry.key);
    entry.chain.remove(entry);
    this.#bytes -= entry.bytes;
    for (const share of entry.shares) this.#letGo(share);
  }
}

const bytesWith = (bytes: number, shares: readonly Share[]): number => shares.reduce((total, share) => total + share.bytes, bytes);

/** Entries in the order in which they came. A map would keep the order too, but finding its first is slow where many first ones were deleted. */
class Chain<Value> implements Iterable<Entry<Value>> {
  first: Entry<Value> | undefined;
  #last: Entry<Value> | undefined;

  append(entry: Entry<Value>): void {
    entry.before = this.#last;
    entry.after = undefined;
    if (this.#last) this.#last.after = entry;
    else this.first = entry;
    this.#last = entry;
  }

  remove({ before, after }: Entry<Value>): void {
    if (before) before.after = after;
    else this.first = after;
    if (after) after.before = before;
    else this.#last = before;
  }

  *[Symbol.iterator](): Iterator<Entry<Value>> {
    for (let entry = this.first; entry; entry = entry.after) yield entry;
  }
}
