import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { ClientGone, type Exchange } from './exchange.ts';
import { readBody } from './read-body.ts';

describe('the body of a request', () => {
  const upload = (): { body: PassThrough; exchange: Exchange } => {
    const body = new PassThrough();
    return { body, exchange: { body, header: () => undefined } as unknown as Exchange };
  };

  it('is read once and answered again', async () => {
    const { body, exchange } = upload();
    body.end('abc');
    for (const _time of [1, 2]) assert.equal((await readBody(exchange, 10)).toString(), 'abc');
  });

  it('is refused past the bound', async () => {
    const { body, exchange } = upload();
    body.end('abc');
    await assert.rejects(readBody(exchange, 2), { code: 413 });
  });

  for (const [name, error] of [
    ['with an error', new Error('aborted')],
    ['without a word', undefined],
  ] as const)
    it(`that breaks off ${name} is of a client that has gone, which is no fault to be logged`, async () => {
      const { body, exchange } = upload();
      const read = readBody(exchange, 10);
      body.write('a');
      body.destroy(error);
      await assert.rejects(read, ClientGone);
    });
});
