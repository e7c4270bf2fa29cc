import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { podNamed, startTestServer } from '../test-server.fixture.ts';
import { sentRevision } from './unconditional-update.ts';

describe('the revision that a client wants to replace', () => {
  const revisions = [
    [undefined, ''],
    ['', ''],
    ['0', ''],
    ['7', '7'],
    ['007', '7'],
    ['18446744073709551615', '18446744073709551615'],
  ] as const;
  for (const [sent, read] of revisions) it(`is read from ${JSON.stringify(sent)}`, () => assert.equal(sentRevision(sent), read));

  const refusals = [
    ['abc', 'parsing "abc": invalid syntax'],
    ['-1', 'parsing "-1": invalid syntax'],
    ['18446744073709551616', 'parsing "18446744073709551616": value out of range'],
    ['9'.repeat(1_000_000), `parsing "${'9'.repeat(256)}": value out of range`],
  ] as const;
  for (const [sent, problem] of refusals)
    it(`is not ${sent.slice(0, 20)}`, () => assert.throws(() => sentRevision(sent), { code: 500, message: `strconv.ParseUint: ${problem}` }));

  it('is told by a PUT, a patch and a configuration alike', async () => {
    await using server = await startTestServer();
    const path = '/api/v1/namespaces/default/pods';
    await server.call('POST', path, { body: podNamed('a') });
    const about = (resourceVersion: string): { body: object } => ({ body: podNamed('a', { metadata: { resourceVersion } }) });
    const headers = (type: string): { headers: Record<string, string> } => ({ headers: { 'content-type': `application/${type}` } });
    const ways = [
      { method: 'PUT', query: '', type: 'json' },
      { method: 'PATCH', query: '', type: 'merge-patch+json' },
      { method: 'PATCH', query: '?fieldManager=test&force=true', type: 'apply-patch+yaml' },
    ];
    for (const { method, query, type } of ways) {
      const { status, json } = await server.call(method, `${path}/a${query}`, { ...about('abc'), ...headers(type) });
      assert.deepEqual([status, json['message'], json['reason']], [500, 'strconv.ParseUint: parsing "abc": invalid syntax', undefined]);
      assert.equal((await server.call(method, `${path}/a${query}`, { ...about('0'), ...headers(type) })).status, 200);
    }
  });
});
