import { watch } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type LogLine, logTimeMs, parseLogLine } from './log-line.ts';
import { offsetOfLastRecords } from './read-last-lines.ts';

/** What a reader of logs wants (`PodLogOptions`). */
export interface LogOptions {
  readonly follow?: boolean;
  readonly tailLines?: number;
  readonly sinceMs?: number;
  readonly timestamps?: boolean;
  readonly limitBytes?: number;
  /** Default: both. */
  readonly stream?: 'stdout' | 'stderr';
}

export interface LogSource {
  readonly path: string;
  /** Whether more may come. */
  readonly isRunning: () => boolean;
  readonly signal: AbortSignal;
}

const chunkBytes = 64 * 1024;
/** A log line of the runtime is at most 16 KiB; anything much longer is no log. */
const maximumLineBytes = 1024 * 1024;
const pollMs = 250;

/**
 * The content of a container's log in pieces. While following, goes on through rotations and ends when the container has ended and all was read.
 * Lines that are no log lines are left out. Throws ENOENT when there is no log and nothing to wait for.
 */
export async function* readLog(source: LogSource, options: LogOptions): AsyncGenerator<Buffer> {
  const formatter = new LogFormatter(options);
  let file: FileHandle | undefined = await openWhenThere(source, options);
  let isFirst = true;
  try {
    while (file && !source.signal.aborted) {
      const start = isFirst && options.tailLines !== undefined ? await offsetOfLastRecords(file, options.tailLines) : 0;
      isFirst = false;
      yield* readFile(file, start, source, { options, formatter });
      if (formatter.isFull || !options.follow) return;
      const next = await nextFile(file, source);
      await file.close();
      file = next;
    }
  } finally {
    await file?.close();
  }
}

async function openWhenThere(source: LogSource, options: LogOptions): Promise<FileHandle | undefined> {
  for (;;) {
    try {
      return await open(source.path, 'r');
    } catch (error) {
      const mayCome = (error as NodeJS.ErrnoException).code === 'ENOENT' && options.follow && source.isRunning() && !source.signal.aborted;
      if (!mayCome) throw error;
      await changeOf(source);
    }
  }
}

/** Reads one file to its end; while following, until it was rotated away or the container has ended. */
async function* readFile(
  file: FileHandle,
  start: number,
  source: LogSource,
  { options, formatter }: { options: LogOptions; formatter: LogFormatter },
): AsyncGenerator<Buffer> {
  const chunk = Buffer.allocUnsafe(chunkBytes);
  let rest: Buffer = Buffer.alloc(0);
  let isLast = !options.follow;
  for (let position = start; !source.signal.aborted; ) {
    const { bytesRead } = await file.read(chunk, 0, chunkBytes, position);
    position += bytesRead;
    if (bytesRead > 0) {
      const text = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
      const end = text.lastIndexOf(0x0a) + 1;
      rest = text.length - end > maximumLineBytes ? Buffer.alloc(0) : text.subarray(end);
      const output = formatter.format(text.subarray(0, end));
      if (output.length > 0) yield output;
      if (formatter.isFull) return;
      continue;
    }
    if (isLast) return;
    // One more read after the end was seen, so that nothing written meanwhile is lost.
    isLast = !source.isRunning() || (await wasRotated(file, source.path));
    if (!isLast) await changeOf(source);
  }
}

async function wasRotated(file: FileHandle, path: string): Promise<boolean> {
  const [opened, named] = await Promise.all([file.stat(), stat(path).catch(() => undefined)]);
  return named !== undefined && named.ino !== opened.ino;
}

/** The file that took the place of one that was rotated away; undefined when the container has ended. */
async function nextFile(file: FileHandle, source: LogSource): Promise<FileHandle | undefined> {
  return (await wasRotated(file, source.path)) ? open(source.path, 'r') : undefined;
}

/** Resolves when the file may have changed: a notice from the kernel, or a short while. */
function changeOf({ path, signal }: LogSource): Promise<void> {
  return new Promise((resolve) => {
    let watcher: ReturnType<typeof watch> | undefined;
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      watcher?.close();
      resolve();
    };
    const timer = setTimeout(end, pollMs);
    signal.addEventListener('abort', end, { once: true });
    try {
      watcher = watch(dirname(path), { persistent: false }, end).on('error', end);
    } catch {
      // No notices to be had: the timer does.
    }
  });
}

/** Turns log lines into what the reader asked for. */
class LogFormatter {
  readonly #options: LogOptions;
  #left: number;
  #isInRecord = false;
  isFull = false;

  constructor(options: LogOptions) {
    this.#options = options;
    this.#left = options.limitBytes ?? Infinity;
    this.isFull = this.#left <= 0;
  }

  format(lines: Buffer): Buffer {
    const parts: Buffer[] = [];
    for (let start = 0; start < lines.length && !this.isFull; ) {
      const next = lines.indexOf(0x0a, start) + 1 || lines.length;
      const line = parseLogLine(lines.subarray(start, next));
      if (line && this.#wants(line)) this.#add(line, parts);
      start = next;
    }
    return Buffer.concat(parts);
  }

  #wants({ stream, timeText }: LogLine): boolean {
    if (this.#options.stream !== undefined && stream !== this.#options.stream) return false;
    return this.#options.sinceMs === undefined || logTimeMs(timeText) >= this.#options.sinceMs;
  }

  #add(line: LogLine, parts: Buffer[]): void {
    const stamp = this.#options.timestamps && !this.#isInRecord ? [Buffer.from(`${line.timeText} `)] : [];
    this.#isInRecord = line.isPartial;
    for (const part of [...stamp, line.content]) {
      const kept = part.length > this.#left ? part.subarray(0, this.#left) : part;
      parts.push(kept);
      this.#left -= kept.length;
    }
    this.isFull = this.#left <= 0;
  }
}
