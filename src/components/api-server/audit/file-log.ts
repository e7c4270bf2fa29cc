import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import type { AuditSink } from './auditor.ts';

export interface FileLogOptions {
  /** `-` is standard output, which is never rotated. */
  readonly path: string;
  /** Rotated before it would grow beyond this; 0 never. */
  readonly maximumMegabytes: number;
  /** Rotated files older than this are removed; 0 keeps them. */
  readonly maximumDays: number;
  /** At most so many rotated files; 0 keeps all. */
  readonly maximumBackups: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Characters that wait to be written before requests wait for the disk. */
const patientCharacters = 4 * 1024 * 1024;
/** Not everything that is recorded can wait. Beyond this events are dropped: a disk that is so far behind is broken. */
const maximumCharacters = 64 * 1024 * 1024;
const dayMs = 86_400_000;

/** Writes each event as a line of JSON to a file that only its owner can read, and rotates it under upstream's names (`audit-2026-01-02T03-04-05.678.log`). */
export async function openFileLog(options: FileLogOptions): Promise<AuditSink> {
  const isFile = options.path !== '-';
  if (isFile) await mkdir(dirname(options.path), { recursive: true });
  const log = new FileLog(options, isFile ? await openAppending(options.path) : undefined);
  await log.start();
  return log;
}

const openAppending = (path: string): Promise<FileHandle> => open(path, 'a', 0o600);

class FileLog implements AuditSink {
  readonly #options: FileLogOptions;
  /** Bytes of one file. */
  readonly #limit: number;
  #file: FileHandle | undefined;
  #fileBytes = 0;
  /** No two files are rotated under the same name. */
  #rotatedMs = 0;
  #waiting: string[] = [];
  /** Of lines that are not on the disk yet, those being written among them. */
  #characters = 0;
  /** Who waits for room, in the order in which they came. */
  #patient: (() => void)[] = [];
  #dropped = 0;
  #writing: Promise<void> | undefined;

  constructor(options: FileLogOptions, file: FileHandle | undefined) {
    this.#options = options;
    this.#limit = options.maximumMegabytes > 0 ? options.maximumMegabytes * 1024 * 1024 : Infinity;
    this.#file = file;
  }

  async start(): Promise<void> {
    this.#fileBytes = (await this.#file?.stat())?.size ?? 0;
    if (this.#file) await this.#removeOld();
  }

  write(event: object): void {
    const line = `${JSON.stringify(event)}\n`;
    if (this.#characters > 0 && this.#characters + line.length > maximumCharacters) {
      if (this.#dropped++ === 0)
        this.#options.log.error('audit events are dropped: the log cannot be written as fast as they come', { path: this.#options.path });
      return;
    }
    this.#waiting.push(line);
    this.#characters += line.length;
    this.#writing ??= this.#drain();
  }

  room(): Promise<void> | undefined {
    return this.#characters < patientCharacters ? undefined : new Promise((resolve) => this.#patient.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#writing) await this.#writing;
    await this.#file?.close();
    this.#file = undefined;
  }

  async #drain(): Promise<void> {
    // Everything that comes in the same turn goes out together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      for (const part of this.#parts(lines)) await this.#put(part);
      this.#characters -= lines.reduce((total, line) => total + line.length, 0);
      this.#makeRoom();
      // Whoever was let on records what it has before the next batch is made.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#writing = undefined;
  }

  /** Lets on who waits. They ask again: what the first of them write may fill the room for the others. */
  #makeRoom(): void {
    const patient = this.#patient;
    this.#patient = [];
    for (const letOn of patient) letOn();
  }

  /** Lines that go into one file. Asked for one after the other: each part begins where the one before it ended. */
  *#parts(lines: readonly string[]): Generator<readonly Buffer[]> {
    let part: Buffer[] = [];
    let room = 0;
    for (const line of lines) {
      const encoded = Buffer.from(line);
      if (part.length > 0 && encoded.length > room) {
        yield part;
        part = [];
      }
      if (part.length === 0) room = this.#fits(encoded.length) ? this.#limit - this.#fileBytes : this.#limit;
      part.push(encoded);
      room -= encoded.length;
    }
    yield part;
  }

  /** What cannot be written is lost, which the log says. */
  async #put(lines: readonly Buffer[]): Promise<void> {
    try {
      await this.#append(Buffer.concat(lines));
      if (this.#dropped > 0) this.#options.log.warn('audit events were dropped', { count: this.#dropped });
      this.#dropped = 0;
    } catch (error) {
      this.#options.log.error('audit events could not be written', { path: this.#options.path, count: lines.length, error });
    }
  }

  async #append(bytes: Buffer): Promise<void> {
    if (!this.#file) return await new Promise((resolve, reject) => process.stdout.write(bytes, (error) => (error ? reject(error) : resolve())));
    if (this.#fileBytes > 0 && !this.#fits(bytes.length)) await this.#rotate();
    await this.#file.appendFile(bytes);
    this.#fileBytes += bytes.length;
  }

  #fits(bytes: number): boolean {
    return this.#fileBytes + bytes <= this.#limit;
  }

  async #rotate(): Promise<void> {
    const { path, clock } = this.#options;
    this.#rotatedMs = Math.max(clock.now(), this.#rotatedMs + 1);
    await this.#file?.close();
    try {
      await rename(path, join(dirname(path), `${prefixOf(path)}${timeText(this.#rotatedMs)}${extname(path)}`));
      this.#fileBytes = 0;
    } finally {
      this.#file = await openAppending(path);
    }
    await this.#removeOld();
  }

  async #removeOld(): Promise<void> {
    const { path, maximumBackups, maximumDays, clock } = this.#options;
    const pattern = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}\.\d{3}$/;
    const [prefix, suffix] = [prefixOf(path), extname(path)];
    const backups = (await readdir(dirname(path)))
      .filter((name) => name.startsWith(prefix) && name.endsWith(suffix))
      .map((name) => ({ name, time: name.slice(prefix.length, name.length - suffix.length) }))
      .filter(({ time }) => pattern.test(time))
      .sort((left, right) => (left.time < right.time ? 1 : -1));
    const oldest = timeText(clock.now() - maximumDays * dayMs);
    const old = backups.filter(({ time }, index) => (maximumBackups > 0 && index >= maximumBackups) || (maximumDays > 0 && time < oldest));
    await Promise.all(old.map(({ name }) => rm(join(dirname(path), name), { force: true })));
  }
}

/** A time as it stands in the name of a rotated file. */
const timeText = (ms: number): string => new Date(ms).toISOString().slice(0, -1).replaceAll(':', '-');

const prefixOf = (path: string): string => `${basename(path, extname(path))}-`;
