import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startTestServer } from '../test-server.fixture.ts';
import { requestTurns } from '../turns.ts';
import { turnFor } from './decode-body.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';
const fields = (count: number): Record<string, string> => Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, 'value']));
const configMap = (name: string, data: object): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });

describe('long bodies', () => {
  it('with more fields than any object may have are refused in every encoding', async () => {
    await using server = await startTestServer();
    const message = 'Request entity too large: it has too many fields';
    const bodies: readonly [string, string, string][] = [
      ['POST', 'application/json', JSON.stringify(configMap('a', fields(70_000)))],
      ['POST', 'application/yaml', `metadata:\n  name: a\ndata:\n${Array.from({ length: 70_000 }, (_, index) => `  k${index}: v\n`).join('')}`],
      ['PATCH', 'application/merge-patch+json', JSON.stringify({ data: fields(70_000) })],
      ['PATCH', 'application/apply-patch+yaml', JSON.stringify(configMap('a', fields(70_000)))],
    ];
    for (const [method, type, body] of bodies) {
      const path = method === 'POST' ? configMaps : `${configMaps}/a?fieldManager=me`;
      const { status, json } = await server.call(method, path, { body, headers: { 'content-type': type } });
      assert.deepEqual([status, json['reason'], json['message']], [413, 'RequestEntityTooLarge', message], type);
    }
  });
  it('with many fields are written in turns, others being answered in between', async () => {
    await using server = await startTestServer();
    let isOver = false;
    const written = server.call('POST', configMaps, { body: configMap('a', fields(20_000)) }).finally(() => (isOver = true));
    let answered = 0;
    while (!isOver) {
      assert.equal((await server.call('GET', '/api/v1/namespaces/default/configmaps')).status, 200);
      answered++;
    }
    assert.equal((await written).status, 201);
    assert.ok(answered > 1);
    const read = await server.call('GET', `${configMaps}/a`);
    assert.equal(Object.keys(read.json['data'] as object).length, 20_000);
  });
  it('wait for a turn of their own', async () => {
    let hasTurned = false;
    const turn = turnFor(Buffer.alloc(100_000));
    assert.ok(turn);
    setImmediate(() => (hasTurned = true));
    await turn;
    await requestTurns.next();
    assert.ok(hasTurned);
  });
});
