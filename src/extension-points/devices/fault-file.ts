import { mkdirSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { readBoundedFile } from '../../kernel/bounded-file.ts';
import type { Log } from '../../kernel/log.ts';

/** What is broken in fake devices: those that are unhealthy, and steps that fail, each with its message. */
export type DeviceFaults<Step extends string> = { readonly unhealthy?: readonly string[] } & { readonly [name in Step]?: string };

export interface FaultFile<Step extends string> {
  readonly path: string;
  /** The steps that can be made to fail. */
  readonly steps: readonly Step[];
  /** Takes what the file says now; nothing is broken while it is not there. */
  readonly setFaults: (faults: DeviceFaults<Step>) => void;
  readonly log: Log;
}

const maximumFileBytes = 1024 * 1024;

/** Breaks and mends fake devices as a file says, read whenever it is written: JSON, `{ "unhealthy": ["gpu-0"], "allocate": "stuck" }`. What cannot be read changes nothing and is logged. */
export function followFaultFile<Step extends string>(file: FaultFile<Step>): AsyncDisposable {
  const { path, setFaults, log } = file;
  mkdirSync(dirname(path), { recursive: true });
  let isDue = false;
  let reading: Promise<void> | undefined;
  const readWhileDue = async (): Promise<void> => {
    while (isDue) {
      isDue = false;
      try {
        setFaults(await readFaults(file));
      } catch (error) {
        log.warn('faults of fake devices not read', { file: path, error });
      }
    }
    reading = undefined; // in the same step as the last look at what is due
  };
  const read = (): void => {
    isDue = true;
    reading ??= readWhileDue();
  };
  const watcher = watch(dirname(path), { persistent: false }, (_event, name) => {
    if (name === basename(path)) read();
  });
  watcher.on('error', (error) => log.warn('faults of fake devices not followed', { file: path, error }));
  read();
  return {
    async [Symbol.asyncDispose]() {
      watcher.close();
      await reading;
    },
  };
}

async function readFaults<Step extends string>({ path, steps }: FaultFile<Step>): Promise<DeviceFaults<Step>> {
  let text: string;
  try {
    text = await readBoundedFile(path, maximumFileBytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  const value = JSON.parse(text) as unknown;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('a JSON object is expected: { "unhealthy": ["gpu-0"] }');
  const { unhealthy, ...messages } = value as Record<string, unknown>;
  const known: readonly string[] = steps;
  for (const [name, message] of Object.entries(messages))
    if (!known.includes(name) || typeof message !== 'string')
      throw new Error(`"${name}" is not a fault with a message; there are unhealthy, ${steps.join(', ')}`);
  if (unhealthy !== undefined && !(Array.isArray(unhealthy) && unhealthy.every((id) => typeof id === 'string')))
    throw new Error('"unhealthy" is a list of device ids');
  return value as DeviceFaults<Step>;
}
