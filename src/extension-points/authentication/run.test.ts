import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExtensionPoint } from '../../kernel/extension-point.ts';
import { createLog, silentLog } from '../../kernel/log.ts';
import { readmeExample } from '../admission/testing/readme-example.ts';
import type { AuthenticationOutcome, Authenticator } from './contract.ts';
import { nodeNameOf } from './node-identity.ts';
import { authenticate } from './run.ts';

const signal = new AbortController().signal;

function pointOf(...authenticators: Authenticator[]): ExtensionPoint<Authenticator> {
  const point = new ExtensionPoint<Authenticator>('authentication');
  for (const [index, implementation] of authenticators.entries()) point.add({ name: `authenticator-${index}`, origin: 'built-in', implementation });
  return point;
}

const answers = (outcome: AuthenticationOutcome): Authenticator => ({ authenticate: () => outcome });
const knows = (name: string, groups: string[] = []): Authenticator => answers({ kind: 'authenticated', user: { name, groups } });
const silent = answers({ kind: 'no-opinion' });
const breaks: Authenticator = { authenticate: () => Promise.reject(new Error('directory is down')) };

describe('authentication', () => {
  const cases = [
    {
      name: 'takes the first answer and adds the group of authenticated users',
      chain: [silent, knows('ann', ['staff']), knows('ben')],
      want: { name: 'ann', groups: ['staff', 'system:authenticated'] },
    },
    { name: 'does not add the group twice', chain: [knows('ann', ['system:authenticated'])], want: { name: 'ann', groups: ['system:authenticated'] } },
    { name: 'makes a request without credentials anonymous', chain: [silent], want: { name: 'system:anonymous', groups: ['system:unauthenticated'] } },
    { name: 'goes on when an authenticator throws', chain: [breaks, knows('ann')], want: { name: 'ann', groups: ['system:authenticated'] } },
  ];
  for (const { name, chain, want } of cases) {
    it(name, async () => {
      const answer = await authenticate(pointOf(...chain), { audiences: ['api'] }, signal, silentLog);
      assert.deepEqual(answer, { kind: 'authenticated', user: want, audiences: ['api'] });
    });
  }

  it('refuses when an authenticator does, and asks nobody else', async () => {
    const answer = await authenticate(pointOf(answers({ kind: 'refused', reason: 'expired' }), knows('ann')), { token: 'x', audiences: [] }, signal, silentLog);
    assert.deepEqual(answer, { kind: 'refused', reason: 'expired' });
  });

  it('refuses a token that nobody knows', async () => {
    assert.deepEqual(await authenticate(pointOf(silent), { token: 'x', audiences: [] }, signal, silentLog), {
      kind: 'refused',
      reason: 'invalid bearer token',
    });
  });

  describe('for audiences', () => {
    const aware: Authenticator = {
      authenticate: ({ audiences }) => ({ kind: 'authenticated', user: { name: 'sam', groups: [] }, audiences: audiences.filter((one) => one === 'vault') }),
    };
    const apiAudiences = ['api', 'https://api'];
    const cases = [
      { name: "takes credentials that name none for the API server's own", chain: [knows('ann')], audiences: ['vault', 'api'], want: ['ann', ['api']] },
      { name: 'does not vouch for others with such credentials', chain: [knows('ann')], audiences: ['vault'], want: 'invalid bearer token' },
      { name: 'goes on to an authenticator that may', chain: [knows('ann'), aware], audiences: ['vault'], want: ['sam', ['vault']] },
    ];
    for (const { name, chain, audiences, want } of cases)
      it(name, async () => {
        const answer = await authenticate(pointOf(...chain), { token: 'x', audiences, apiAudiences }, signal, silentLog);
        assert.deepEqual(answer.kind === 'refused' ? answer.reason : [answer.user.name, answer.audiences], want);
      });
  });

  it('logs a throw', async () => {
    const lines: string[] = [];
    await authenticate(
      pointOf(breaks),
      { audiences: [] },
      signal,
      createLog((line) => lines.push(line)),
    );
    assert.match(lines.join(''), /authenticator failed.*authentication\/authenticator-0: authenticate failed: directory is down/);
  });
});

describe('the node a user is', () => {
  const cases = [
    { name: 'a node', user: { name: 'system:node:one', groups: ['system:nodes'] }, want: 'one' },
    { name: 'a member of the group with another name', user: { name: 'ann', groups: ['system:nodes'] }, want: '' },
    { name: 'somebody called like a node, but not in the group', user: { name: 'system:node:one', groups: [] }, want: undefined },
  ];
  for (const { name, user, want } of cases)
    it(`of ${name} is ${want === undefined ? 'none' : JSON.stringify(want)}`, () => assert.equal(nodeNameOf(user), want));
});

describe('the README example', () => {
  it('knows the tokens of a class room', async () => {
    const { classRoom } = await readmeExample(new URL('README.md', import.meta.url), {});
    const answer = await authenticate(pointOf(classRoom as Authenticator), { token: 'user-ann', audiences: [] }, signal, silentLog);
    assert.deepEqual(answer, { kind: 'authenticated', user: { name: 'ann', groups: ['students', 'system:authenticated'] }, audiences: [] });
  });
});
