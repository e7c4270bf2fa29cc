import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { createLog } from '../../kernel/log.ts';
import { type DeviceFaults, followFaultFile } from './fault-file.ts';

/** What was taken from a fault file and said of it, and a way to wait until something of that is so. */
class Followed implements AsyncDisposable {
  readonly seen: DeviceFaults<'allocate'>[] = [];
  readonly lines: string[] = [];
  readonly directory: string;
  readonly path: string;
  #due = Promise.withResolvers<void>();
  #following: AsyncDisposable | undefined;

  constructor(directory: string) {
    this.directory = directory;
    this.path = join(directory, 'faults', 'gpu.json');
  }

  follow(): void {
    const noted =
      <T>(list: T[]) =>
      (item: T) => (list.push(item), this.#due.resolve());
    this.#following = followFaultFile({ path: this.path, steps: ['allocate'], setFaults: noted(this.seen), log: createLog(noted(this.lines)) });
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await this.#due.promise;
      this.#due = Promise.withResolvers();
    }
  }

  untilSeen(want: object): Promise<void> {
    return this.until(() => JSON.stringify(this.seen.at(-1)) === JSON.stringify(want));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#following?.[Symbol.asyncDispose]();
    await rm(this.directory, { recursive: true });
  }
}

const open = async (): Promise<Followed> => new Followed(await mkdtemp(join(tmpdir(), 'wherry-faults-')));

it('a file of faults breaks and mends whenever it is written; what cannot be read changes nothing', async () => {
  await using followed = await open();
  followed.follow();
  const { path, seen } = followed;
  await followed.untilSeen({});
  await writeFile(path, '{ "unhealthy": ["gpu-0"] }');
  await followed.untilSeen({ unhealthy: ['gpu-0'] });
  for (const broken of ['{', '[]', '{ "unhealthy": "gpu-0" }', '{ "fan": "stuck" }', '{ "allocate": 1 }']) await writeFile(path, broken);
  await writeFile(path, '{ "allocate": "stuck" }');
  await followed.untilSeen({ allocate: 'stuck' });
  await rm(path);
  await followed.untilSeen({});
  assert.ok(seen.every((faults) => Object.keys(faults).every((key) => ['unhealthy', 'allocate'].includes(key))));
});

it('a pipe in place of a file of faults is told of, and holds up nothing', async () => {
  await using followed = await open();
  followed.follow();
  await followed.untilSeen({});
  execFileSync('mkfifo', [followed.path]);
  await followed.until(() => followed.lines.some((line) => line.includes('not a regular file')));
  await rm(followed.path);
  await writeFile(followed.path, '{ "allocate": "stuck" }');
  await followed.untilSeen({ allocate: 'stuck' });
});
