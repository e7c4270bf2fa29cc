import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { changeEnvironment, splitEnvironment } from './environment-arguments.ts';
import { isContainerMeant } from './select-containers.ts';

describe('environment variables of a line', () => {
  it('stand behind the resources', () =>
    assert.deepEqual(splitEnvironment(['deploy/web', 'A=1', 'B-']), { resources: ['deploy/web'], environment: ['A=1', 'B-'] }));
  it('are not mixed with resources', () =>
    assert.throws(() => splitEnvironment(['A=1', 'deploy/web']), /all resources must be specified before environment changes: A=1 deploy\/web/));
  it('change in their places, new ones come last', () =>
    assert.deepEqual(
      changeEnvironment([{ name: 'A', value: '1' }, { name: 'B' }, { name: 'C' }], { set: [{ name: 'D' }, { name: 'A', value: '2' }], remove: ['B'] }),
      [{ name: 'A', value: '2' }, { name: 'C' }, { name: 'D' }],
    ));
});

describe('names of containers', () => {
  for (const [name, pattern, want] of [
    ['web', '*', true],
    ['web', 'web', true],
    ['web', 'we', false],
    ['web', 'we*', true],
    ['web', '*eb', true],
    ['web', '*x', false],
  ] as const)
    it(`${pattern} ${want ? 'means' : 'does not mean'} ${name}`, () => assert.equal(isContainerMeant(name, pattern), want));
});
