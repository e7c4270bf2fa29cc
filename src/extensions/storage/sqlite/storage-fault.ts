import { readFileSync, statSync } from 'node:fs';
import { StorageError } from '../../../extension-points/storage/contract.ts';
import type { WorkerFailure } from './worker-protocol.ts';
import { foreignFile, newerSchema } from './worker-protocol.ts';

/** SQLite's primary result codes that mean something to a person. */
const busy = 5;
const readOnly = 8;
const inputOutput = 10;
const corrupt = 11;
const full = 13;
const cannotOpen = 14;
const notADatabase = 26;

/** A fault after which the file's state is not known, so that nothing more may be written by this process. */
export const isFatal = (failure: WorkerFailure): boolean =>
  failure.resultCode === inputOutput || failure.resultCode === corrupt || failure.resultCode === notADatabase;

/** One line that says what is wrong with the file and what to do. */
export function storageError(path: string, failure: WorkerFailure): StorageError {
  return new StorageError(messageOf(path, failure), { cause: new Error(failure.text) });
}

function messageOf(path: string, { resultCode, text }: WorkerFailure): string {
  switch (resultCode) {
    case busy:
      return `the store ${path} is in use by ${ownerOf(path)}; stop that process or choose another data directory`;
    case readOnly:
      return `the store ${path} is read-only; make the file and its directory writable for this user`;
    case cannotOpen:
      return `the store ${path} cannot be opened; check that its directory exists and that this user may write there`;
    case full:
      return `the store ${path} is full; free space on the disk (or raise the size limit) and write again, nothing was lost`;
    case inputOutput:
      return `the store ${path} cannot be written or read (${text}); check the disk, then restart`;
    case corrupt:
    case notADatabase:
      return `the store ${path} is damaged (${text}); restore it from a backup, or move the file away to start empty`;
  }
  if (text === newerSchema) return `the store ${path} was written by a newer version; run that version, or restore an older backup`;
  if (text === foreignFile) return `the file ${path} is an SQLite database but not a store; choose another path`;
  return `the store ${path} failed: ${text}`;
}

/** Who holds SQLite's lock on the file, as far as the kernel tells. */
function ownerOf(path: string): string {
  try {
    const { ino } = statSync(path);
    for (const line of readFileSync('/proc/locks', 'utf8').split('\n')) {
      const [, , , , pid, file] = line.trim().split(/\s+/);
      if (pid && Number(pid) > 0 && file?.split(':')[2] === String(ino)) return `process ${pid}`;
    }
  } catch {
    // No /proc here: the message stays general.
  }
  return 'another process';
}
