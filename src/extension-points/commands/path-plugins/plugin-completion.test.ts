import assert from 'node:assert/strict';
import { chmodSync, mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { completePlugin } from './plugin-completion.ts';

// The outcomes are those of kubectl 1.33's `__complete`.
describe('completion of plugins', () => {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'completion-'));
  after(() => folder.remove());
  const place = (name: string, script = ''): void => {
    writeFileSync(join(folder.path, name), `#!/bin/sh\n${script}`);
    chmodSync(join(folder.path, name), 0o755);
  };
  for (const name of ['kubectl-foo', 'kubectl-foo-bar', 'kubectl-get_all', 'kubectl-deep-er-est']) place(name);
  place('kubectl_complete-foo', 'echo "$#:$*"; echo; echo second; echo :4\n');
  place('kubectl_complete-get_all', 'echo lost; exit 1\n');
  place('kubectl_complete-deep-er-est', 'echo "deep $*"; echo :x\n');
  const described = (name: string): string => `${name}\tThe command ${name} is a plugin installed by the user`;
  const cases = [
    { name: 'offers sub-commands and what the executable says', words: ['foo'], choices: [described('bar'), '1:', 'second'], directive: 4 },
    { name: 'offers sub-commands that begin so', words: ['foo'], begun: 'x', choices: ['1:x', 'second'], directive: 4 },
    { name: 'hands the words behind the name over', words: ['foo', 'x'], begun: '-y', choices: ['2:x -y', 'second'], directive: 4 },
    { name: 'is left to the shell where the plugin has no executable for it', words: ['foo', 'bar'], choices: [], directive: 0 },
    { name: 'is left to the shell when the executable fails', words: ['get-all'], choices: [], directive: 0 },
    { name: 'does not know names in their file form', words: ['get_all'], choices: [], directive: 0 },
    { name: 'goes down several words', words: ['deep'], choices: [described('er')], directive: 0 },
    { name: 'takes a last line that is no directive for a choice', words: ['deep', 'er', 'est', 'a'], choices: ['deep a ', ':x'], directive: 0 },
    { name: 'knows nothing of what is no plugin', words: ['nosuch'], choices: [], directive: 0 },
    { name: 'does not work behind flags', words: ['-n', 'x', 'foo'], choices: [], directive: 0 },
  ];
  for (const { name, words, begun = '', choices, directive } of cases)
    it(name, () => {
      const environment = { ...process.env, PATH: `${folder.path}:${process.env['PATH']}` };
      assert.deepEqual(completePlugin(words, begun, environment), { choices, directive });
    });
});
