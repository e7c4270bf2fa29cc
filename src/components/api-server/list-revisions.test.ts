import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '../../kernel/clock.ts';
import { silentLog } from '../../kernel/log.ts';
import { openObjectStore } from './store/object-store.ts';
import { type Answer, startTestServer, type TestServer } from './test-server.fixture.ts';

const maps = '/api/v1/namespaces/l/configmaps';
const names = (json: Record<string, any>): string => json['items'].map((item: { metadata: { name: string } }) => item.metadata.name).join(' ');

describe('a list at a revision', () => {
  let test: TestServer;
  /** Revisions: three maps were there at `first`, one of them was replaced and one came until `second`. */
  let [compacted, first, second] = [0, 0, 0];
  before(async () => {
    compacted = 40;
    test = await startTestServer({ prepare: (storage) => Object.assign(storage, { revision: compacted, compactedRevision: compacted }) });
    for (const name of ['a', 'b', 'c']) await test.call('POST', maps, { body: { metadata: { name, labels: { kind: name < 'c' ? 'early' : 'late' } } } });
    first = test.store.revision;
    await test.call('DELETE', `${maps}/b`);
    await test.call('POST', maps, { body: { metadata: { name: 'd', labels: { kind: 'late' } } } });
    second = test.store.revision;
    await test.call('POST', '/api/v1/namespaces/l/secrets', { body: { metadata: { name: 'other' } } });
  });
  after(() => test[Symbol.asyncDispose]());

  const outcome = ({ status, json }: Answer): string =>
    status === 200
      ? `${names(json)} @${json['metadata'].resourceVersion}${json['metadata'].continue ? ` +${json['metadata'].remainingItemCount ?? '?'}` : ''}`
      : `${status} ${json['reason']}`;

  // Revision (the name of one, or a number), match, limit, and what comes.
  const cases: readonly (readonly [revision: string, match: string, limit: number, want: () => string])[] = [
    ['', '', 0, () => `a c d @${second + 1}`],
    ['', '', 2, () => `a c @${second + 1} +1`],
    ['0', '', 0, () => `a c d @${second + 1}`],
    ['0', '', 2, () => `a c d @${second + 1}`],
    ['0', 'NotOlderThan', 2, () => `a c d @${second + 1}`],
    ['first', '', 0, () => `a c d @${second + 1}`],
    ['first', '', 2, () => `a b @${first} +1`],
    ['first', 'NotOlderThan', 0, () => `a c d @${second + 1}`],
    ['first', 'NotOlderThan', 2, () => `a c @${second + 1} +1`],
    ['first', 'Exact', 0, () => `a b c @${first}`],
    ['first', 'Exact', 2, () => `a b @${first} +1`],
    ['second', 'Exact', 0, () => `a c d @${second}`],
    ['compacted', 'Exact', 0, () => ` @${compacted}`],
    ['3', 'Exact', 0, () => '410 Expired'],
    ['3', '', 1, () => '410 Expired'],
    ['3', '', 0, () => `a c d @${second + 1}`],
    ['3', 'NotOlderThan', 1, () => `a @${second + 1} +2`],
  ];
  for (const [revision, match, limit, want] of cases)
    it(`answers ${revision || 'none'} ${match || 'without a match'}${limit > 0 ? `, ${limit} at a time` : ''}`, async () => {
      const known: Record<string, number> = { first, second, compacted };
      const query = new URLSearchParams({ ...(match ? { resourceVersionMatch: match } : {}), ...(limit > 0 ? { limit: String(limit) } : {}) });
      if (revision) query.set('resourceVersion', String(known[revision] ?? revision));
      assert.equal(outcome(await test.call('GET', `${maps}?${query}`)), want());
    });

  it('says how old is too old', async () =>
    assert.equal(
      (await test.call('GET', `${maps}?resourceVersion=3&resourceVersionMatch=Exact`)).json['message'],
      'The resourceVersion for the provided list is too old.',
    ));

  it('waits for a revision that is about to come', async () => {
    const asked = test.call('GET', `${maps}?resourceVersion=${test.store.revision + 1}&resourceVersionMatch=Exact&fieldSelector=metadata.name%3Da`);
    await test.call('POST', '/api/v1/namespaces/l/secrets', { body: { metadata: { name: 'late' } } });
    assert.equal(outcome(await asked), `a @${test.store.revision}`);
  });

  it('refuses one that does not come, and says when to ask again', async () => {
    const answers = await Promise.all(
      ['&resourceVersionMatch=Exact', '&resourceVersionMatch=NotOlderThan', '&limit=1', ''].map((more) =>
        test.call('GET', `${maps}?resourceVersion=99999${more}`),
      ),
    );
    const one = await test.call('GET', `${maps}/a?resourceVersion=99999`);
    for (const { status, json, headers } of [...answers, one]) {
      assert.deepEqual(
        [status, json['reason'], json['message'], json['details'], headers['retry-after']],
        [
          504,
          'Timeout',
          `Timeout: Too large resource version: 99999, current: ${test.store.revision}`,
          { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 },
          '1',
        ],
      );
    }
  });

  it('counts what remains only when nothing was selected', async () => {
    const all = await test.call('GET', `${maps}?limit=1`);
    assert.equal(all.json['metadata'].remainingItemCount, 2);
    for (const selector of ['labelSelector=kind%3Dlate', 'fieldSelector=metadata.name!%3Da', 'fieldSelector=metadata.namespace%3Dl']) {
      const { metadata } = (await test.call('GET', `${maps}?limit=1&${selector}`)).json;
      assert.deepEqual([typeof metadata.continue, metadata.remainingItemCount], ['string', undefined], selector);
    }
  });

  it('reads one object at least as new as asked for', async () => {
    assert.equal((await test.call('GET', `${maps}/a?resourceVersion=0`)).status, 200);
    assert.equal((await test.call('GET', `${maps}/a?resourceVersion=${first}`)).status, 200);
    const { status, json } = await test.call('GET', `${maps}/a?resourceVersion=x`);
    assert.deepEqual([status, json['message']], [400, 'resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax']);
  });

  it('looks one object up by name, wherever that is enough', async () => {
    for (const [path, want] of [
      [`${maps}?fieldSelector=metadata.name%3Da`, 'a'],
      [`${maps}?fieldSelector=metadata.name%3Da,metadata.namespace%3Dother`, ''],
      [`${maps}?fieldSelector=metadata.name%3Da,metadata.name%3Dc`, ''],
      ['/api/v1/configmaps?fieldSelector=metadata.name%3Da,metadata.namespace%3Dl', 'a'],
      ['/api/v1/configmaps?fieldSelector=metadata.name%3Da', 'a'],
      [`${maps}?fieldSelector=metadata.name%3Da&labelSelector=kind%3Dlate`, ''],
    ] as const)
      assert.equal(names((await test.call('GET', path)).json), want, path);
    await test.call('POST', '/api/v1/nodes', { body: { metadata: { name: 'n' } } });
    assert.equal(names((await test.call('GET', '/api/v1/nodes?fieldSelector=metadata.name%3Dn')).json), 'n');
  });

  it('keeps to its namespace whatever the token says', async () => {
    const { metadata } = (await test.call('GET', `${maps}?limit=1`)).json;
    const elsewhere = await test.call('GET', `/api/v1/namespaces/k/configmaps?continue=${metadata.continue}`);
    assert.equal(names(elsewhere.json), '');
    const { rv } = JSON.parse(Buffer.from(metadata.continue as string, 'base64url').toString()) as { rv: number };
    const forged = Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv, start: 'k/z' })).toString('base64url');
    assert.equal(names((await test.call('GET', `${maps}?continue=${forged}`)).json), 'a c d');
    const future = Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: 99_999, start: 'l/a' })).toString('base64url');
    assert.equal((await test.call('GET', `${maps}?continue=${future}`)).status, 504);
  });

  it('goes on with chunks after a restart', async () => {
    const page = (await test.call('GET', `${maps}?resourceVersion=${first}&limit=1`)).json;
    const store = await openObjectStore({ storage: test.storage, clock: systemClock, log: silentLog });
    await using reopened = await startTestServer({ store });
    const rest = (await reopened.call('GET', `${maps}?limit=5&continue=${page['metadata'].continue}`)).json;
    assert.deepEqual([names(page), names(rest), rest['metadata'].resourceVersion], ['a', 'b c', String(first)]);
  });
});

describe('chunks of a list', () => {
  it('show one moment however much is written between them', async () => {
    await using test = await startTestServer();
    const random = randomNumbers(3);
    const path = (name: string): string => `/api/v1/namespaces/n${name.charCodeAt(0) % 3}/configmaps`;
    const write = async (): Promise<void> => {
      const name = `m${Math.floor(random() * 40)}`;
      const change = { body: { data: { x: String(random()) } }, headers: { 'content-type': 'application/merge-patch+json' } };
      const dice = random();
      if (dice < 0.4) await test.call('DELETE', `${path(name)}/${name}`);
      else if (dice < 0.6) await test.call('PATCH', `${path(name)}/${name}`, change);
      else await test.call('POST', path(name), { body: { metadata: { name, labels: { color: random() < 0.5 ? 'red' : 'blue' } } } });
    };
    for (let step = 0; step < 60; step++) await write();
    for (const query of ['', '&labelSelector=color%3Dred', '&fieldSelector=metadata.namespace%3Dn1']) {
      const whole = (await test.call('GET', `/api/v1/configmaps?${query}`)).json;
      const seen: object[] = [];
      let token = '';
      do {
        const page = (await test.call('GET', `/api/v1/configmaps?limit=3&continue=${token}${query}`)).json;
        seen.push(...(page['items'] as object[]));
        token = page['metadata'].continue ?? '';
        assert.equal(page['metadata'].resourceVersion, whole['metadata'].resourceVersion);
        for (let step = 0; step < 4; step++) await write();
      } while (token !== '');
      assert.deepEqual(seen, whole['items']);
    }
  });
});

/** mulberry32 */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
