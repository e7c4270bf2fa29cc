import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AuthenticationOutcome } from '../../../extension-points/authentication/contract.ts';
import { createRequestHeaderAuthenticator } from './request-header.ts';

const signal = new AbortController().signal;
const authenticator = createRequestHeaderAuthenticator({ allowedNames: ['front-proxy-client'] });

function ask(commonName: string, headers: Record<string, string[]>): AuthenticationOutcome | Promise<AuthenticationOutcome> {
  const frontProxy = { commonName, header: (name: string) => headers[name] ?? [], headerNames: () => Object.keys(headers) };
  return authenticator.authenticate({ audiences: [], frontProxy }, signal);
}

describe('a proxy in front', () => {
  it('names the user, its uid, groups and extra', () => {
    const headers = { 'x-remote-user': ['ann'], 'x-remote-uid': ['7'], 'x-remote-group': ['staff', 'ops'], 'x-remote-extra-acme.com%2fproject': ['a', 'b'] };
    assert.deepEqual(ask('front-proxy-client', headers), {
      kind: 'authenticated',
      user: { name: 'ann', uid: '7', groups: ['staff', 'ops'], extra: { 'acme.com/project': ['a', 'b'] } },
    });
  });
  it('that names nobody says nothing', () => assert.deepEqual(ask('front-proxy-client', { 'x-remote-group': ['staff'] }), { kind: 'no-opinion' }));
  it('of another name is not believed', () => assert.deepEqual(ask('other', { 'x-remote-user': ['ann'] }), { kind: 'no-opinion' }));
  it('must be one: headers alone say nothing', () => assert.deepEqual(authenticator.authenticate({ audiences: [] }, signal), { kind: 'no-opinion' }));
});
