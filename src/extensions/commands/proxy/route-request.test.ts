import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Route, routeRequest, withSlashes } from './route-request.ts';

describe('a request to the proxy', () => {
  const whole = { api: '/', files: undefined };
  const parts = { api: '/my/', files: '/static/' };
  const nested = { api: '/', files: '/static/' };
  const cases: readonly [string, Parameters<typeof routeRequest>[1], Route][] = [
    ['/api/v1/pods?limit=1', whole, { kind: 'api', path: '/api/v1/pods?limit=1', decoded: '/api/v1/pods' }],
    ['/api/v1/%70ods', whole, { kind: 'api', path: '/api/v1/%70ods', decoded: '/api/v1/pods' }],
    ['//example.com/api', whole, { kind: 'moved', to: '/example.com/api' }],
    ['/api/../version?x=y', whole, { kind: 'moved', to: '/version?x=y' }],
    ['/%2e%2e/version', whole, { kind: 'moved', to: '/version' }],
    ['/a%zz', whole, { kind: 'bad' }],
    ['/static/a', whole, { kind: 'api', path: '/static/a', decoded: '/static/a' }],
    ['/static/a%20b', nested, { kind: 'file', path: '/a%20b' }],
    ['/api', nested, { kind: 'api', path: '/api', decoded: '/api' }],
    ['/my/version', parts, { kind: 'api', path: '/version', decoded: '/version' }],
    ['/my', parts, { kind: 'moved', to: '/my/' }],
    ['/static', parts, { kind: 'moved', to: '/static/' }],
    ['/version', parts, { kind: 'none' }],
  ];
  for (const [url, prefixes, route] of cases)
    it(`goes from ${url} below ${prefixes.api} to ${route.kind}`, () => assert.deepEqual(routeRequest(url, prefixes), route));

  it('meets prefixes with a slash at both ends', () => {
    assert.deepEqual(['', '/', 'a', '/a/', '//a//b'].map(withSlashes), ['/', '/', '/a/', '/a/', '/a/b/']);
  });
});
