import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { run } from '../../../../../test/fixtures/run.ts';
import { krewLayout } from '../krew-layout.ts';
import { createKrewWorld, hasGit, type KrewWorld } from '../testing/krew-world.fixture.ts';
import { findReceipt } from './receipts.ts';

const program = join(import.meta.dirname, '..', 'testing', 'stop-at-step.fixture.ts');
const steps = ['staged', 'linked to the old version', 'set aside', 'stored', 'linked', 'recorded'] as const;

/** Runs an installation or an upgrade that ends at a step without any clean-up. */
const stopAt = (world: KrewWorld, name: string, step: string): Promise<unknown> => run(process.execPath, [program, world.root, name, step]);
const receiptOf = (world: KrewWorld, name: string): string | undefined => findReceipt(krewLayout({ KREW_ROOT: world.root }, '/'), name)?.spec.version;
const isLinked = (world: KrewWorld): boolean => existsSync(join(world.root, 'bin', 'kubectl-one'));

describe('an installation that is ended in the middle', { skip: hasGit ? false : 'there is no git on this machine' }, () => {
  for (const step of steps)
    it(`leaves no plugin or a whole one after "${step}", and the next run makes it whole`, async () => {
      using world = createKrewWorld();
      world.publish('one', 'v1.0.0');
      await world.krew('update');
      // What an earlier run may have left makes all steps happen.
      await stopAt(world, 'one', 'linked');
      await stopAt(world, 'one', step);
      if (isLinked(world)) assert.equal(world.installed('one'), 'one v1.0.0 x\n');
      if (receiptOf(world, 'one') !== undefined) assert.ok(isLinked(world));
      assert.equal((await world.krew('install one')).code, 0);
      assert.equal(world.installed('one'), 'one v1.0.0 x\n');
      assert.equal(receiptOf(world, 'one'), 'v1.0.0');
    });
});

describe('several runs at once', { skip: hasGit ? false : 'there is no git on this machine' }, () => {
  it('install and update side by side, and leave one whole plugin', async () => {
    using world = createKrewWorld();
    world.publish('one', 'v1.0.0');
    const runs = await Promise.all(['update', 'install one', 'install one', 'update', 'install one'].map((line) => world.krew(line)));
    assert.deepEqual(
      runs.map(({ code, stderr }) => (code === 0 ? '' : stderr)),
      runs.map(() => ''),
    );
    assert.equal(world.installed('one'), 'one v1.0.0 x\n');
    assert.deepEqual(readdirSync(join(world.root, 'store')), ['one']);
  });
});

describe('an upgrade that is ended in the middle', { skip: hasGit ? false : 'there is no git on this machine' }, () => {
  // Only where an earlier run was ended is there something to set aside.
  for (const before of ['nothing', 'linked'] as const)
    for (const step of steps.filter((name) => before !== 'nothing' || !['linked to the old version', 'set aside'].includes(name)))
      it(`leaves the whole old or the whole new version after "${step}" (ended before: ${before}), and the next run makes it new`, async () => {
        using world = createKrewWorld();
        world.publish('one', 'v1.0.0');
        await world.krew('install one');
        world.publish('one', 'v2.0.0');
        await world.krew('update');
        if (before !== 'nothing') await stopAt(world, 'one', before);
        await stopAt(world, 'one', step);
        assert.match(world.installed('one'), /^one v[12]\.0\.0 x\n$/);
        assert.ok(['v1.0.0', 'v2.0.0'].includes(receiptOf(world, 'one')!));
        await world.krew('upgrade');
        assert.equal(world.installed('one'), 'one v2.0.0 x\n');
        assert.equal(receiptOf(world, 'one'), 'v2.0.0');
        assert.ok(readdirSync(join(world.root, 'store', 'one')).includes('v2.0.0'));
      });
});
