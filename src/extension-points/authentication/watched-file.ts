import { unwatchFile, watchFile } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { Log } from '../../kernel/log.ts';

const pollMs = 1_000;
const maximumBytes = 16 * 1024 * 1024;

/** What a file says, read anew when it changes. */
export interface WatchedFile<T> extends Disposable {
  /** What it said when it last made sense. */
  readonly current: T;
}

/**
 * Reads a configuration file and keeps reading it: what `read` makes of its text is `current`. Rejects, naming the file, when the file cannot be read or makes no sense
 * at first; a later version that makes no sense is logged and what was good stays. `replaced` gets what a new version put out of use.
 */
export async function watchedFile<T>(
  path: string,
  { read, replaced, log }: { read: (text: string) => T; replaced?: (old: T) => void; log: Log },
): Promise<WatchedFile<T>> {
  let text = await textOf(path);
  let current = attempt(path, () => read(text));
  const changed = async (): Promise<void> => {
    try {
      const newer = await textOf(path);
      if (newer === text) return;
      const made = attempt(path, () => read(newer));
      const old = current;
      [text, current] = [newer, made];
      replaced?.(old);
      log.info('configuration file read again', { path });
    } catch (error) {
      log.error('configuration file cannot be used; what it said before still holds', { path, error });
    }
  };
  const listener = (): void => void changed();
  // Polled: editors and mounted ConfigMaps replace files in ways that notifications miss.
  watchFile(path, { interval: pollMs, persistent: false }, listener);
  // What changed between the first reading and the first look at the file's times would go unnoticed.
  const once = setTimeout(listener, pollMs).unref();
  return {
    get current() {
      return current;
    },
    [Symbol.dispose]: () => {
      clearTimeout(once);
      unwatchFile(path, listener);
    },
  };
}

async function textOf(path: string): Promise<string> {
  try {
    if ((await stat(path)).size > maximumBytes) throw new Error(`it is longer than ${maximumBytes} bytes`);
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new Error(`failed to read file path ${JSON.stringify(path)}`, { cause });
  }
}

function attempt<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw new Error(`${path} is not usable: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
