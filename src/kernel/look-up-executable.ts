import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The file that runs when somebody types a name: the first one in the directories of PATH that this user may execute. A relative directory gives a relative path, an
 * empty one is the working directory, and a name with a slash is a path already: Go's `exec.LookPath`, by whose rules kubectl finds plugins.
 */
export function lookUpExecutable(name: string, environment: Environment, platform: NodeJS.Platform = process.platform): string | undefined {
  const candidates = platform === 'win32' ? namesOnWindows(name, environment) : [name];
  if (name.includes('/')) return candidates.find(isExecutableByMe);
  for (const directory of (environment['PATH'] ?? '').split(delimiter)) {
    for (const candidate of candidates) {
      const path = join(directory === '' ? '.' : directory, candidate);
      if (isExecutableByMe(path)) return path;
    }
  }
  return undefined;
}

/** Windows runs files by their extension. */
function namesOnWindows(name: string, environment: Environment): string[] {
  const extensions = (environment['PATHEXT'] ?? '.com;.exe;.bat;.cmd').toLowerCase().split(';');
  return extensions.some((extension) => name.toLowerCase().endsWith(extension)) ? [name] : extensions.map((extension) => `${name}${extension}`);
}

function isExecutableByMe(path: string): boolean {
  try {
    if (statSync(path).isDirectory()) return false;
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // what is not there, or may not be executed, does not run: the next directory is asked
  }
}
