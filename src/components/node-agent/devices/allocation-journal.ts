import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { DeviceAllocation } from './allocations.ts';
import { allocationOfText, allocationText } from './checkpoint.ts';

/** What became of who holds what. A release takes all that the pod held. */
export type AllocationChange = { readonly recorded: DeviceAllocation } | { readonly released: string };

/**
 * What changed since the checkpoint was written, a line for each change, in files `<checkpoint>.journal.<n>` beside it. Appending to a file takes some microseconds
 * where replacing one may wait for the disk, so this is what admission waits for. A line that was cut off by a crash does not count: nobody was told of it.
 */
export class AllocationJournal {
  readonly #path: string;
  #waiting: string[] = [];
  #open: { readonly number: number; readonly descriptor: number } | undefined;
  #next: number;

  /** Lines of before are left for `changes` until `rotate`. */
  constructor(checkpointPath: string) {
    this.#path = `${checkpointPath}.journal.`;
    this.#next = (numbersOf(this.#path).at(-1) ?? 0) + 1;
  }

  /** What is on disk, oldest first. */
  changes(): AllocationChange[] {
    return numbersOf(this.#path).flatMap((number) => readFileSync(`${this.#path}${number}`, 'utf8').split('\n').flatMap(changeOf));
  }

  /** Written with the next `flush`, in the order in which changes came. */
  add(change: AllocationChange): void {
    this.#waiting.push(lineOf(change));
  }

  /** When it returns all changes outlive the process. Throws the disk's error; then what was written is no longer continued, and the changes still wait. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const lines = Buffer.from(this.#waiting.join(''));
    try {
      this.#open ??= { number: this.#next, descriptor: openSync(`${this.#path}${this.#next++}`, 'a', 0o600) };
      for (let written = 0; written < lines.length; ) written += writeSync(this.#open.descriptor, lines, written);
    } catch (error) {
      this.#close();
      throw error;
    }
    this.#waiting = [];
  }

  /** Begins a new file, for what changes from now on; disposing what it answers removes those of before. */
  rotate(): Disposable {
    this.#close();
    const numbers = numbersOf(this.#path);
    return { [Symbol.dispose]: () => numbers.forEach((number) => rmSync(`${this.#path}${number}`, { force: true })) };
  }

  #close(): void {
    if (this.#open) closeSync(this.#open.descriptor);
    this.#open = undefined;
  }
}

function lineOf(change: AllocationChange): string {
  const text = 'recorded' in change ? `{"recorded":${allocationText(change.recorded)}}` : JSON.stringify(change);
  return `${crc32(text).toString(16)} ${text}\n`;
}

function changeOf(line: string): AllocationChange[] {
  const space = line.indexOf(' ');
  const text = line.slice(space + 1);
  if (space < 1 || crc32(text).toString(16) !== line.slice(0, space)) return [];
  const change = JSON.parse(text) as { readonly recorded?: unknown; readonly released?: string };
  return [change.released === undefined ? { recorded: allocationOfText(JSON.stringify(change.recorded)) } : { released: change.released }];
}

function numbersOf(path: string): number[] {
  const prefix = basename(path);
  let names: string[];
  try {
    names = readdirSync(dirname(path));
  } catch {
    return []; // nothing was ever written
  }
  return names
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .sort((left, right) => left - right);
}

/** What a checkpoint and the changes after it amount to. Changes that the checkpoint has already may come again. */
export function withChanges(allocations: readonly DeviceAllocation[], changes: readonly AllocationChange[]): readonly DeviceAllocation[] {
  const keyOf = ({ podUid, containerName, resourceName }: DeviceAllocation): string => `${podUid}\0${containerName}\0${resourceName}`;
  const held = new Map(allocations.map((allocation) => [keyOf(allocation), allocation]));
  for (const change of changes)
    if ('recorded' in change) held.set(keyOf(change.recorded), change.recorded);
    else for (const [key, { podUid }] of held) if (podUid === change.released) held.delete(key);
  return [...held.values()];
}
