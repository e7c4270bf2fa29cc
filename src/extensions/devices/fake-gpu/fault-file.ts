import { mkdirSync, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Log } from '../../../kernel/log.ts';
import type { FakeGpu, FakeGpuFaults } from './fake-gpu.ts';

/** Breaks and mends fake GPUs as a file says: JSON with the fields of `FakeGpuFaults`, read whenever it is written; nothing is broken while it is not there. A file that cannot be read changes nothing and is logged. */
export function followFaultFile(gpu: Pick<FakeGpu, 'setFaults'>, path: string, log: Log): AsyncDisposable {
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
  read();
  return {
    async [Symbol.asyncDispose]() {
      watcher.close();
      await reading;
    },
  };
}

async function readFaults(path: string): Promise<FakeGpuFaults> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  const value = JSON.parse(text) as unknown;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('a JSON object is expected: { "unhealthy": ["gpu-0"] }');
  const { unhealthy, ...messages } = value as Record<string, unknown>;
  const known = ['allocate', 'preferredAllocation', 'preStartContainer', 'list'];
  for (const [name, message] of Object.entries(messages))
    if (!known.includes(name) || typeof message !== 'string')
      throw new Error(`"${name}" is not a fault with a message; there are unhealthy, ${known.join(', ')}`);
  if (unhealthy !== undefined && !(Array.isArray(unhealthy) && unhealthy.every((id) => typeof id === 'string')))
    throw new Error('"unhealthy" is a list of device ids');
  return value as FakeGpuFaults;
}
