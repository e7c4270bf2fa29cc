import assert from 'node:assert/strict';
import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { credentialsFor } from './netrc.ts';

it('reads the credentials of a host, or of all others, out of a .netrc file', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'netrc-'));
  const path = join(folder.path, '.netrc');
  writeFileSync(
    path,
    `# a comment
machine one.example login ann password p#1
macdef init
machine evil.example login x password y

machine two.example
  login bob
machine three.example account z login cid
  password p3
default login anonymous password guest
`,
  );
  assert.deepEqual(
    ['one.example', 'two.example', 'three.example', 'evil.example', 'four.example'].map((host) => credentialsFor(host, path)),
    [
      { login: 'ann', password: 'p#1' },
      undefined,
      { login: 'cid', password: 'p3' },
      { login: 'anonymous', password: 'guest' },
      { login: 'anonymous', password: 'guest' },
    ],
  );
  assert.throws(() => credentialsFor('x', join(folder.path, 'nowhere')), /failed to open netrc file/);
});
