import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { normaliseImageName } from './image-name.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('normaliseImageName', () => {
  const cases: [string, string][] = [
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27'],
    ['team/app', 'docker.io/team/app:latest'],
    ['index.docker.io/library/nginx', 'docker.io/library/nginx:latest'],
    ['docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    ['registry.example/a/b/c:x', 'registry.example/a/b/c:x'],
    [`nginx@${digest}`, `docker.io/library/nginx@${digest}`],
    [`nginx:1@${digest}`, `docker.io/library/nginx:1@${digest}`],
    [digest, digest],
  ];
  for (const [name, want] of cases) it(`makes ${want.slice(0, 50)} of ${name.slice(0, 40)}`, () => assert.equal(normaliseImageName(name), want));

  for (const name of ['', 'UPPER', 'a b', 'registry.example/', '/app', 'app:', `app@sha256:short`, 'x'.repeat(2_000)]) {
    it(`refuses "${name.slice(0, 20)}"`, () => assert.throws(() => normaliseImageName(name), /image name/));
  }
});
