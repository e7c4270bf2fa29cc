import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { choosePlugin } from './choose-plugin.ts';

describe('the plugin that a command line means', () => {
  const installed = new Set(['kubectl-foo', 'kubectl-foo-bar', 'kubectl-foo-bar_baz', 'kubectl-create-thing', 'kubectl-create', 'kubectl-a_b']);
  const lookUp = (name: string): string | undefined => (installed.has(name) ? `/bin/${name}` : undefined);
  const cases = [
    { name: 'is the executable of that name', words: ['foo'], path: 'kubectl-foo', args: [] },
    {
      name: 'is the one with the longest name',
      words: ['foo', 'bar', 'arg1', '--flag=value', 'arg2'],
      path: 'kubectl-foo-bar',
      args: ['arg1', '--flag=value', 'arg2'],
    },
    { name: 'has underscores for dashes within a word', words: ['foo', 'bar-baz', 'x'], path: 'kubectl-foo-bar_baz', args: ['x'] },
    { name: 'may be typed with underscores, too', words: ['a_b'], path: 'kubectl-a_b', args: [] },
    { name: 'ends where the flags begin', words: ['foo', '-x', 'bar'], path: 'kubectl-foo', args: ['-x', 'bar'] },
    { name: 'gets its arguments as they were typed, dashes too', words: ['foo', 'a-b', '--', '-c'], path: 'kubectl-foo', args: ['a-b', '--', '-c'] },
    { name: 'may add a sub-command to create', parents: ['create'], words: ['thing', 'one'], path: 'kubectl-create-thing', args: ['one'] },
    { name: 'is never a shorter one below create', parents: ['create'], words: ['other'] },
    { name: 'is none for flags behind create', parents: ['create'], words: ['-f', 'thing'] },
    { name: 'is none when there is none', words: ['nothing', 'at', 'all'] },
    { name: 'is none for help', words: ['help', 'foo'] },
    { name: 'is none for completion', words: ['__complete', 'foo', ''] },
    { name: 'is none for flags alone', words: ['--version'] },
    { name: 'is none without words', words: [] },
  ];
  for (const { name, parents = [], words, path, args } of cases)
    it(name, () =>
      assert.deepEqual(choosePlugin(parents, words, lookUp), path === undefined ? { kind: 'none' } : { kind: 'plugin', path: `/bin/${path}`, args }),
    );

  it('is not looked for behind a flag', () => {
    assert.deepEqual(choosePlugin([], ['--context=a', 'foo'], lookUp), {
      kind: 'misplaced-flag',
      message: 'flags cannot be placed before plugin name: --context=a',
    });
  });
});
