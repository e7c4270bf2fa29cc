import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { programEnvironment } from './run-program.ts';

/** Why no containerd can be started here, or undefined when one can. Looks at the user and for programs only; `startContainerd` tries the rest. */
export function containerdMissing(): string | undefined {
  if (process.platform !== 'linux') return 'containers need Linux';
  if (process.getuid?.() !== 0) return 'containers need root';
  const missing = ['containerd', 'ctr', 'runc'].filter((name) => !isOnPath(name));
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}

const isOnPath = (name: string): boolean =>
  (programEnvironment()['PATH'] ?? '').split(':').some((directory) => {
    try {
      accessSync(join(directory || '.', name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
