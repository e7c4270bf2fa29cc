import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadOrder, LoadReport } from './load.ts';

export interface Credentials {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** The administrator's credentials and the server's certificate files of a data directory. */
export function credentialsOf(
  dataDirectory: string,
): Credentials & { readonly files: { readonly certificate: string; readonly key: string; readonly ca: string } } {
  const path = (name: string): string => join(dataDirectory, 'certificates', name);
  const read = (name: string): string => readFileSync(path(name), 'utf8');
  return {
    ca: read('ca.crt'),
    certificate: read('admin.crt'),
    key: read('admin.key'),
    files: { certificate: path('apiserver.crt'), key: path('apiserver.key'), ca: path('ca.crt') },
  };
}

let sequence = 0;

/** Runs one load in a process of its own. Throws when an answer was not 2xx. */
export async function load(order: LoadOrder): Promise<number> {
  const child = fork(join(import.meta.dirname, 'load.ts'), [], { env: { ...process.env, LOAD_SEQUENCE: String(sequence) } });
  sequence += 1_000_000;
  try {
    const report = await new Promise<LoadReport>((resolve, reject) => {
      child.on('message', (message) => resolve(message as LoadReport));
      child.on('exit', (code) => reject(new Error(`the load generator ended with ${code}`)));
      child.send(order);
    });
    if (report.failed > 0) throw new Error(`${report.failed} answers failed; the first:\n${report.firstFailure}`);
    return report.perSecond;
  } finally {
    child.kill();
  }
}

/** Starts the bare server; answers its port. */
export async function startBareServer(
  files: { certificate: string; key: string; ca: string },
  bodyFile: string,
  storeFile = '',
): Promise<{ port: number } & Disposable> {
  const child = fork(join(import.meta.dirname, 'bare-server.ts'), [files.certificate, files.key, files.ca, bodyFile, storeFile]);
  const { port } = await new Promise<{ port: number }>((resolve, reject) => {
    child.on('message', (message) => resolve(message as { port: number }));
    child.on('exit', (code) => reject(new Error(`the bare server ended with ${code}`)));
  });
  return { port, [Symbol.dispose]: () => void child.kill() };
}

/** Measures two servers in turns, so that a noisy machine is noisy for both; answers the medians. */
export async function inTurns(rounds: number, value: () => Promise<number>, floor: () => Promise<number>): Promise<{ value: number; floor: number }> {
  const values: number[] = [];
  const floors: number[] = [];
  await floor();
  await value(); // one of each to warm up
  for (let round = 0; round < rounds; round++) {
    floors.push(await floor());
    values.push(await value());
  }
  const middle = (all: number[]): number => all.sort((left, right) => left - right)[Math.floor(all.length / 2)]!;
  return { value: middle(values), floor: middle(floors) };
}

type MemoryField = 'VmRSS' | 'VmHWM';

/** Memory of a process in megabytes, by proc(5): what is resident now (`VmRSS`), or the most that ever was (`VmHWM`). Throws when it has ended. */
export const memoryMegabytes = (pid: number | undefined, field: MemoryField): number => megabytesIn(readFileSync(`/proc/${pid}/status`, 'utf8'), field);

/** The same from the text of the file. */
export const megabytesIn = (status: string, field: MemoryField): number => (Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) * 1024) / 1e6;
