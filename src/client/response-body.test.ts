import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { HttpResponse } from './http-transport.ts';
import { plainBody } from './plain-body.ts';
import { redirectedPath } from './redirected-path.ts';
import { errorOfResponse, readObject } from './response-body.ts';
import { UnreadableAnswer } from './unreadable-answer.ts';

const answer = (status: number, body: string | Buffer, headers: HttpResponse['headers'] = { 'content-type': 'application/json' }): HttpResponse => ({
  status,
  headers,
  body: Readable.from(body.length === 0 ? [] : [Buffer.from(body)]),
});

describe('an answer that is to be an object', () => {
  const cases: readonly (readonly [body: string, type: string, problem: string])[] = [
    ['<html>', 'text/html; charset=utf-8', "serializer for text/html doesn't exist"],
    ['<html>', 'application/json', "invalid character '<' looking for beginning of value"],
    ['', 'application/json', 'unexpected end of JSON input'],
    ['{"kind":', 'application/json', 'unexpected end of JSON input'],
    ['null', 'application/json', "Object 'Kind' is missing in 'null'"],
    ['[]', 'application/json', 'json: cannot unmarshal array into Go value of type unstructured.detector'],
  ];
  for (const [body, type, problem] of cases)
    it(`is not ${body || 'nothing'} of type ${type}`, () =>
      assert.rejects(readObject(answer(200, body, { 'content-type': type })), (error) => error instanceof UnreadableAnswer && error.message === problem));

  it('may come in gzip that nobody asked for, but not broken', async () => {
    const packed = gzipSync('{"kind":"Pod"}');
    const read = async (body: Buffer): Promise<unknown> => readObject(await plainBody(answer(200, body, { 'content-encoding': 'gzip' })));
    assert.deepEqual(await read(packed), { kind: 'Pod' });
    const broken = (problem: string): RegExp => new RegExp(`Please retry. Original error: ${problem}$`);
    await assert.rejects(read(packed.subarray(0, -4)), broken('unexpected EOF'));
    await assert.rejects(read(Buffer.from('{"kind":"Pod"}')), broken('gzip: invalid header'));
  });
});

describe('a refusal', () => {
  const get = { method: 'GET', path: '/apis/apps/v1/namespaces/default/deployments/web?x=y' };
  const cases: readonly (readonly [status: number, body: string, type: string, reason: string, message: string])[] = [
    [
      502,
      '<html>bad</html>',
      'text/html',
      'InternalError',
      'an error on the server ("<html>bad</html>") has prevented the request from succeeding (get deployments.apps web)',
    ],
    [503, 'x', 'text/plain', 'ServiceUnavailable', 'the server is currently unable to handle the request (get deployments.apps web)'],
    [302, '', 'text/plain', '', 'the server responded with the status code 302 but did not return more information (get deployments.apps web)'],
    [
      500,
      '{"kind":"Status","message":{},"details":7}',
      'application/json',
      'InternalError',
      'an error on the server ("unknown") has prevented the request from succeeding (get deployments.apps web)',
    ],
    [404, '{"kind":"Status","reason":"NotFound","message":"gone","code":404}', 'application/json', 'NotFound', 'gone'],
  ];
  for (const [status, body, type, reason, message] of cases)
    it(`of ${status} with ${body || 'nothing'} is told in client-go's words`, async () => {
      const error = await errorOfResponse(answer(status, body, { 'content-type': type }), get);
      assert.deepEqual([error.code, error.reason, error.message], [status, reason, message]);
    });

  it('names collections, and nothing where there is no resource', async () => {
    const texts = await Promise.all(
      ['/api/v1/namespaces/a/pods', '/api/v1/namespaces/a', '/api'].map(
        async (path) => (await errorOfResponse(answer(503, ''), { method: 'GET', path })).message,
      ),
    );
    const start = 'the server is currently unable to handle the request';
    assert.deepEqual(texts, [`${start} (get pods)`, `${start} (get namespaces a)`, start]);
  });
});

describe('a redirect', () => {
  const to = (location: string, status = 302): HttpResponse => answer(status, '', { location });
  const server = 'https://one.example:6443/prefix';

  it('leads to a path of the same server', () => {
    assert.equal(redirectedPath(server, '/api/v1/x?y=z', to('/prefix/api/v1/x/?y=z')), '/api/v1/x/?y=z');
    assert.equal(redirectedPath(server, '/api/v1/x', to('x/')), '/api/v1/x/');
    assert.equal(redirectedPath(server, '/api', to('', 302)), undefined);
    assert.equal(redirectedPath(server, '/api', to('/prefix/other', 200)), undefined);
  });

  for (const location of ['https://two.example/prefix/api', 'http://one.example:6443/prefix/api', '//two.example/prefix', '/elsewhere', 'http://['])
    it(`is not followed to ${location}`, () => assert.throws(() => redirectedPath(server, '/api', to(location)), /it is another server$/));
});
