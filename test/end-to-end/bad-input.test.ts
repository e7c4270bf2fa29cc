import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { TestCluster } from '../fixtures/cluster.ts';
import { startTestCluster } from '../fixtures/cluster.ts';

interface Answer {
  readonly code: number;
  readonly body: { kind?: string; reason?: string; message?: string; details?: { causes?: { field?: string; reason?: string; message?: string }[] } };
}

const pod = (change: (object: Record<string, never>) => void = () => {}): string => {
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'bad' }, spec: { containers: [{ name: 'a', image: 'b' }] } };
  change(object as never);
  return JSON.stringify(object);
};

describe('bad input', () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster({ simulate: true });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  const certificate = (name: string): string => readFileSync(join(cluster.dataDirectory, 'certificates', name), 'utf8');
  const send = (
    method: string,
    path: string,
    body?: string | Buffer,
    headers: Record<string, string> = { 'content-type': 'application/json' },
    credentials: 'admin' | 'none' = 'admin',
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        `${cluster.url()}${path}`,
        {
          method,
          headers,
          agent: false,
          ca: certificate('ca.crt'),
          ...(credentials === 'admin' ? { cert: certificate('admin.crt'), key: certificate('admin.key') } : {}),
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => resolve({ code: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) as Answer['body'] }));
          response.on('error', reject);
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  const pods = '/api/v1/namespaces/default/pods';

  const cases: { name: string; send: () => Promise<Answer>; code: number; reason: string; message: RegExp; field?: string }[] = [
    {
      name: 'malformed JSON',
      send: () => send('POST', pods, '{"a":'),
      code: 400,
      reason: 'BadRequest',
      message: /unexpected end of JSON|Unexpected end|decode/i,
    },
    {
      name: 'malformed YAML',
      send: () => send('POST', pods, 'a: [b', { 'content-type': 'application/yaml' }),
      code: 400,
      reason: 'BadRequest',
      message: /yaml/i,
    },
    {
      name: 'an unknown kind',
      send: () => send('POST', pods, '{"apiVersion":"v1","kind":"Pot","metadata":{"name":"x"}}'),
      code: 400,
      reason: 'BadRequest',
      message: /Pot/,
    },
    {
      name: 'an unknown resource',
      send: () => send('GET', '/api/v1/namespaces/default/pots'),
      code: 404,
      reason: 'NotFound',
      message: /the server could not find the requested resource/,
    },
    {
      name: 'an unknown field, strictly',
      send: () =>
        send(
          'POST',
          `${pods}?fieldValidation=Strict`,
          pod((object) => Object.assign(object['spec']!, { colour: 'red' })),
        ),
      code: 400,
      reason: 'BadRequest',
      message: /strict decoding error: unknown field "spec.colour"/,
    },
    {
      name: 'a wrong type',
      send: () =>
        send(
          'POST',
          pods,
          pod((object) => Object.assign(object, { spec: { containers: 'none' } })),
        ),
      code: 400,
      reason: 'BadRequest',
      message: /cannot be handled as a Pod: json: cannot unmarshal string into Go struct field/,
    },
    {
      name: 'a body of 3 MiB and more',
      send: () => send('POST', pods, Buffer.alloc(3 * 1024 * 1024 + 10, 0x20)),
      code: 413,
      reason: 'RequestEntityTooLarge',
      message: /limit is 3145728/,
    },
    {
      name: 'a name against the rules',
      send: () =>
        send(
          'POST',
          pods,
          pod((object) => Object.assign(object, { metadata: { name: 'Bad_Name' } })),
        ),
      code: 422,
      reason: 'Invalid',
      message: /Pod "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain/,
      field: 'metadata.name',
    },
    {
      name: 'no container',
      send: () =>
        send(
          'POST',
          pods,
          pod((object) => Object.assign(object, { spec: { containers: [] } })),
        ),
      code: 422,
      reason: 'Invalid',
      message: /spec.containers: Required value/,
      field: 'spec.containers',
    },
    {
      name: 'an unknown media type',
      send: () => send('POST', pods, 'x', { 'content-type': 'text/html' }),
      code: 415,
      reason: 'UnsupportedMediaType',
      message: /the body of the request was in an unknown format/,
    },
    {
      name: 'a missing namespace',
      send: () => send('POST', '/api/v1/namespaces/nowhere/pods', pod()),
      code: 404,
      reason: 'NotFound',
      message: /namespaces "nowhere" not found/,
    },
    {
      name: 'an unknown field label',
      send: () => send('GET', `${pods}?fieldSelector=spec.colour%3Dred`),
      code: 400,
      reason: 'BadRequest',
      message: /field label not supported: spec.colour/,
    },
    {
      name: 'a broken label selector',
      send: () => send('GET', `${pods}?labelSelector=a%20b%3D%3D`),
      code: 400,
      reason: 'BadRequest',
      message: /unable to parse requirement/,
    },
    {
      name: 'a foreign token',
      send: () => send('GET', pods, undefined, { authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9.e30.AAAA' }, 'none'),
      code: 401,
      reason: 'Unauthorized',
      message: /Unauthorized/,
    },
    {
      name: 'no credentials',
      send: () => send('GET', pods, undefined, {}, 'none'),
      code: 403,
      reason: 'Forbidden',
      message: /pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "default"/,
    },
    {
      name: 'a method that a resource lacks',
      send: () => send('DELETE', '/api/v1/namespaces'),
      code: 405,
      reason: 'MethodNotAllowed',
      message: /the server does not allow this method on the requested resource|not supported/,
    },
  ];
  for (const { name, send: act, code, reason, message, field } of cases) {
    it(`${name} gets ${code} ${reason}`, async () => {
      const answer = await act();
      assert.equal(answer.body.kind, 'Status');
      assert.deepEqual({ code: answer.code, reason: answer.body.reason }, { code, reason }, answer.body.message ?? '');
      assert.match(answer.body.message ?? '', message);
      if (field) assert.equal(answer.body.details?.causes?.[0]?.field, field);
    });
  }

  it('nesting of a thousand levels is refused or stored, and the server goes on', async () => {
    for (const depth of [1_000, 20_000]) {
      const nested = `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
      const answer = await send('POST', pods, pod().replace('"image":"b"', `"image":"b","x":${nested}`));
      assert.ok(answer.code === 201 || (answer.code >= 400 && answer.code < 500), `${depth}: ${answer.code} ${answer.body.message}`);
      if (answer.code === 201) await send('DELETE', `${pods}/bad`);
    }
    assert.equal((await send('GET', pods)).code, 200);
  });

  it('a stale resourceVersion gets 409 Conflict', async () => {
    const base = '/api/v1/namespaces/default/configmaps';
    const created = await send('POST', base, JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'stale' } }));
    await send('PUT', `${base}/stale`, JSON.stringify({ ...created.body, data: { a: '1' } }));
    const answer = await send('PUT', `${base}/stale`, JSON.stringify({ ...created.body, data: { a: '2' } }));
    assert.equal(answer.code, 409);
    assert.equal(
      answer.body.message,
      'Operation cannot be fulfilled on configmaps "stale": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  it('a taken port is one line that says what to do', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const port = (taken.address() as { port: number }).port;
    const outcome = await cluster.wherry('up', '--simulate', '--detach', '--data-dir', join(cluster.directory, 'other'), '--port', String(port));
    taken.close();
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, new RegExp(`^error: .*port ${port} .*--port`, 'm'));
  });

  it('a second up on the same data directory is refused and says who runs', async () => {
    const outcome = await cluster.wherry('up', '--simulate', '--detach');
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, new RegExp(`a cluster already runs on .* \\(pid ${cluster.pid()}`));
  });

  it('a corrupt store file is named, with what to do, and left as it is', async () => {
    const other = join(cluster.directory, 'corrupt');
    await cluster.wherry('up', '--simulate', '--detach', '--data-dir', other, '--port', '0');
    await cluster.wherry('down', '--data-dir', other);
    const file = join(other, 'store.db');
    writeFileSync(file, 'this is no database, whatever its name says. '.repeat(200));
    const outcome = await cluster.wherry('up', '--simulate', '--detach', '--data-dir', other, '--port', '0');
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, /^error: .*store\.db.*/m);
    assert.match(readFileSync(file, 'utf8'), /^this is no database/);
  });
});
