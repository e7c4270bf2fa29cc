import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { VolumeError } from './contract.ts';

const run = promisify(execFile);

/** Mounts file systems on the node. */
export interface Mounter {
  /** Throws a `VolumeError` with what `mount` said. */
  mount(type: string, target: string, options: readonly string[]): Promise<void>;
  bind(source: string, target: string): Promise<void>;
  unmount(target: string): Promise<void>;
  /** Mount points at or below a folder, deepest first. */
  mountsBelow(directory: string): Promise<readonly string[]>;
}

export const systemMounter: Mounter = {
  mount: (type, target, options) => mountCommand(['-t', type, '-o', options.join(','), type, target]),
  bind: (source, target) => mountCommand(['--no-canonicalize', '--bind', source, target]),
  async unmount(target) {
    try {
      await run('umount', [target]);
    } catch {
      // Something still uses it: detach it from the tree, so that the folder can go; the kernel drops it when it is no longer in use.
      await run('umount', ['-l', target]).catch((error: unknown) => {
        throw new VolumeError(`cannot unmount ${target}: ${said(error)}`, { cause: error });
      });
    }
  },
  async mountsBelow(directory) {
    const text = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
    const points = text.split('\n').map((line) => unescaped(line.split(' ')[4] ?? ''));
    return points.filter((point) => point === directory || point.startsWith(`${directory}/`)).sort((left, right) => right.length - left.length);
  },
};

async function mountCommand(args: readonly string[]): Promise<void> {
  try {
    await run('mount', args);
  } catch (error) {
    throw new VolumeError(`mount failed: ${said(error)}\nMounting arguments: ${args.join(' ')}`, { cause: error });
  }
}

/** `\040` and the like stand for characters that would break the table. */
const unescaped = (text: string): string => text.replace(/\\([0-7]{3})/g, (_match, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

function said(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr || message).trim();
}
