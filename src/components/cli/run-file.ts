import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a running `wherry up` writes into its data directory so that the other commands find it. */
export interface RunFile {
  readonly pid: number;
  /** The process' start time in clock ticks since boot (Linux), so that a reused pid is not taken for it. */
  readonly startTicks: string;
  readonly url: string;
  readonly port: number;
  readonly localSocket?: string | undefined;
  readonly startedAt: string;
  readonly nodes: readonly string[];
  readonly isSimulated: boolean;
}

const pathOf = (dataDirectory: string): string => join(dataDirectory, 'run.json');

export function writeRunFile(dataDirectory: string, content: Omit<RunFile, 'pid' | 'startTicks'>): void {
  const temporary = `${pathOf(dataDirectory)}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify({ pid: process.pid, startTicks: startTicks(process.pid), ...content }, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, pathOf(dataDirectory));
}

export function removeRunFile(dataDirectory: string): void {
  rmSync(pathOf(dataDirectory), { force: true });
}

/** The cluster that runs on a data directory, or undefined when none does (a file that a killed process left counts as none). */
export function runningCluster(dataDirectory: string): RunFile | undefined {
  let content: RunFile;
  try {
    content = JSON.parse(readFileSync(pathOf(dataDirectory), 'utf8')) as RunFile;
  } catch {
    return undefined; // absent or half-written by a crash: either way nothing that runs
  }
  return isAlive(content.pid) && startTicks(content.pid) === content.startTicks ? content : undefined;
}

/** Whether a process runs. One that has ended and whose parent has not noticed (a zombie) does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return statFields(pid)[0] !== 'Z';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const startTicks = (pid: number): string => statFields(pid)[19] ?? '';

/** proc(5): what stands behind the command, which may hold spaces; the state is first, the start time 20th. Empty where there is no /proc: the pid alone must do. */
function statFields(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
