import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isAccepted, parsePatterns } from './request-filter.ts';

const rules = {
  acceptPaths: parsePatterns('^.*'),
  rejectPaths: parsePatterns('^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach'),
  acceptHosts: parsePatterns('^localhost$,^127\\.0\\.0\\.1$'),
  rejectMethods: parsePatterns('^POST$'),
};

describe('the filter of the proxy', () => {
  const cases: readonly [string, string, string, boolean][] = [
    ['GET', '/api/v1/pods', 'localhost:8001', true],
    ['GET', '/api/v1/pods', '127.0.0.1', true],
    ['GET', '/api/v1/pods', 'example.com', false],
    ['GET', '/api/v1/pods', 'localhost.example.com:8001', false],
    ['GET', '/api/v1/namespaces/ns/pods/p/exec', 'localhost', false],
    ['GET', '/api/v1/namespaces/ns/pods/p/attach', 'localhost', false],
    ['POST', '/api/v1/pods', 'localhost', false],
  ];
  for (const [method, path, host, wanted] of cases)
    it(`${wanted ? 'passes' : 'stops'} ${method} ${path} for ${host}`, () => assert.equal(isAccepted(rules, { method, path, host }), wanted));
  it('needs patterns', () => assert.throws(() => parsePatterns('('), /error parsing regexp/));
});
