import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder that stands for the root of a machine; removed when it is disposed of. */
export interface MachineRoot extends AsyncDisposable {
  readonly path: string;
  /** Writes files by their absolute path on the machine, over those that are there. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** A link of the machine, with a target as `ln -s` takes it. */
  link(path: string, target: string): Promise<void>;
  remove(path: string): Promise<void>;
}

export async function makeMachineRoot(files: Readonly<Record<string, string>> = {}): Promise<MachineRoot> {
  const root = await mkdtemp(join(tmpdir(), 'wherry-machine-'));
  const machine: MachineRoot = {
    path: root,
    async write(more) {
      for (const [path, text] of Object.entries(more)) {
        await mkdir(dirname(join(root, path)), { recursive: true });
        await writeFile(join(root, path), text);
      }
    },
    async link(path, target) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await symlink(target, join(root, path));
    },
    remove: (path) => rm(join(root, path), { recursive: true, force: true }),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
  await machine.write(files);
  return machine;
}
