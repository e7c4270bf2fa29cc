import { mkdirSync, watch } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Log } from '../../../kernel/log.ts';
import type { FakeDraGpu, FakeDraGpuFaults } from './fake-dra-gpu.ts';

const maximumFileBytes = 1024 * 1024;

/** Breaks and mends fake GPUs as a file says: JSON with the fields of `FakeDraGpuFaults`, read whenever it is written; nothing is broken while it is not there. A file that cannot be read changes nothing and is logged. */
export function followFaults(gpu: Pick<FakeDraGpu, 'setFaults'>, path: string, log: Log): AsyncDisposable {
  mkdirSync(dirname(path), { recursive: true });
  let reading = Promise.resolve();
  const read = (): void => {
    reading = reading.then(async () => {
      try {
        gpu.setFaults(await readFaults(path));
      } catch (error) {
        log.warn('faults of fake GPUs not read', { file: path, error });
      }
    });
  };
  const watcher = watch(dirname(path), { persistent: false }, (_event, name) => {
    if (name === basename(path)) read();
  });
  watcher.on('error', (error) => log.warn('faults of fake GPUs not followed', { file: path, error }));
  read();
  return {
    async [Symbol.asyncDispose]() {
      watcher.close();
      await reading;
    },
  };
}

async function readFaults(path: string): Promise<FakeDraGpuFaults> {
  let text: string;
  try {
    if ((await stat(path)).size > maximumFileBytes) throw new Error(`larger than ${maximumFileBytes} bytes`);
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  const value = JSON.parse(text) as unknown;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('a JSON object is expected: { "unhealthy": ["gpu-0"] }');
  const { unhealthy, ...messages } = value as Record<string, unknown>;
  for (const [name, message] of Object.entries(messages))
    if (!['prepare', 'unprepare'].includes(name) || typeof message !== 'string')
      throw new Error(`"${name}" is not a fault with a message; there are unhealthy, prepare, unprepare`);
  if (unhealthy !== undefined && !(Array.isArray(unhealthy) && unhealthy.every((device) => typeof device === 'string')))
    throw new Error('"unhealthy" is a list of devices');
  return value as FakeDraGpuFaults;
}
