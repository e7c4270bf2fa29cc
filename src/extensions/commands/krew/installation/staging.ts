import { mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Staging extends Disposable {
  /** Empty; on the file system where its contents are to be moved to. */
  readonly directory: string;
}

/** Hidden, so that krew takes it for neither a plugin nor an index. */
const folderName = '.staging';
/** What a killed run left behind is removed by a later one, once nobody can be at work in it. */
const abandonedAfterMs = 60 * 60 * 1_000;

/** A folder for what is not whole yet, within `parent`. Disposing removes it and all that is still in it. */
export function createStaging(parent: string): Staging {
  const folder = join(parent, folderName);
  removeAbandoned(folder);
  const directory = join(folder, `${process.pid}-${crypto.randomUUID()}`);
  makeDirectory(directory);
  return {
    directory,
    [Symbol.dispose]() {
      rmSync(directory, { recursive: true, force: true });
      removeIfEmpty(folder);
    },
  };
}

/** Another run may remove the folder that this one is about to use. */
function makeDirectory(directory: string, attempts = 5): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempts === 1) throw error;
    makeDirectory(directory, attempts - 1);
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    // Another run is at work in it, or has removed it.
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(code)) throw error;
  }
}

function removeAbandoned(folder: string): void {
  for (const name of listing(folder)) {
    const information = statSync(join(folder, name), { throwIfNoEntry: false });
    if (information && Date.now() - information.mtimeMs > abandonedAfterMs && !isRunning(Number.parseInt(name, 10)))
      rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function listing(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // nobody has been at work here
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
