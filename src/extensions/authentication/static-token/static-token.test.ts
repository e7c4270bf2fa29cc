import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createStaticTokenAuthenticator, parseTokenFile } from './static-token.ts';

const signal = new AbortController().signal;

describe('static tokens', () => {
  const authenticator = createStaticTokenAuthenticator({
    tokens: [
      { token: 'secret', user: { name: 'ann', groups: ['staff'] } },
      { token: 'secret', user: { name: 'ben', groups: [] } },
    ],
  });
  const cases = [
    { name: 'know their user, the first of equal tokens', token: 'secret', want: { kind: 'authenticated', user: { name: 'ann', groups: ['staff'] } } },
    { name: 'say nothing of another token', token: 'secre', want: { kind: 'no-opinion' } },
  ];
  for (const { name, token, want } of cases) it(name, () => assert.deepEqual(authenticator.authenticate({ token, audiences: [] }, signal), want));
  it('say nothing without a token', () => assert.deepEqual(authenticator.authenticate({ audiences: [] }, signal), { kind: 'no-opinion' }));
});

describe('a token file', () => {
  it('holds a token, a name, a uid and groups a line', () => {
    assert.deepEqual(parseTokenFile('# people\nt1,ann,u1,"staff,ops"\n\nt2, ben,\r\nt3,cid,u3,ops\n'), [
      { token: 't1', user: { name: 'ann', uid: 'u1', groups: ['staff', 'ops'] } },
      { token: 't2', user: { name: 'ben', groups: [] } },
      { token: 't3', user: { name: 'cid', uid: 'u3', groups: ['ops'] } },
    ]);
  });
  for (const { name, text, want } of [
    { name: 'too few columns', text: 'a,b,c\nt,ann', want: /line 2: needs at least the 3 columns/ },
    { name: 'an empty token', text: ',ann,u', want: /line 1: the token and the user name may not be empty/ },
  ])
    it(`with ${name} is refused, naming the line`, () => assert.throws(() => parseTokenFile(text), want));
});
