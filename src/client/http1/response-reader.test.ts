import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ResponseHead, ResponseReader } from './response-reader.ts';

interface Read {
  readonly heads: ResponseHead[];
  readonly body: string;
  readonly isDone: boolean;
  readonly isReusable: boolean;
}

/** Reads a response that comes in pieces of so many bytes. */
function read(text: string, { method = 'GET', pieceBytes = text.length, ends = false }: { method?: string; pieceBytes?: number; ends?: boolean } = {}): Read {
  const heads: ResponseHead[] = [];
  const chunks: Buffer[] = [];
  const reader = new ResponseReader(method, { head: (head) => heads.push(head), data: (bytes) => chunks.push(Buffer.from(bytes)) });
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += pieceBytes) reader.push(bytes.subarray(at, at + pieceBytes));
  if (ends) reader.end();
  return { heads, body: Buffer.concat(chunks).toString('latin1'), isDone: reader.isDone, isReusable: reader.isReusable };
}

const lines = (...all: string[]): string => all.join('\r\n');

describe('ResponseReader', () => {
  const responses: { it: string; text: string; method?: string; ends?: boolean; status: number; body: string; isReusable: boolean }[] = [
    { it: 'a counted body', text: lines('HTTP/1.1 200 OK', 'Content-Length: 5', '', 'hello'), status: 200, body: 'hello', isReusable: true },
    { it: 'an empty body', text: lines('HTTP/1.1 200 OK', 'content-length:0', '', ''), status: 200, body: '', isReusable: true },
    {
      it: 'chunks, with extensions and trailers',
      text: lines('HTTP/1.1 200 OK', 'Transfer-Encoding: Chunked', '', '5;a=b', 'hello', 'A', '0123456789', '0', 'Trailer: 1', '', ''),
      status: 200,
      body: 'hello0123456789',
      isReusable: true,
    },
    {
      it: 'a body until the connection ends',
      text: lines('HTTP/1.1 200 OK', '', 'to the end'),
      ends: true,
      status: 200,
      body: 'to the end',
      isReusable: false,
    },
    { it: 'a response to HEAD', text: lines('HTTP/1.1 200 OK', 'Content-Length: 5', '', ''), method: 'HEAD', status: 200, body: '', isReusable: true },
    { it: '204', text: lines('HTTP/1.1 204 No Content', '', ''), status: 204, body: '', isReusable: true },
    { it: '304', text: lines('HTTP/1.1 304 Not Modified', 'content-length: 9', '', ''), status: 304, body: '', isReusable: true },
    {
      it: 'what follows interim responses',
      text: lines('HTTP/1.1 100 Continue', '', 'HTTP/1.1 103 Early Hints', 'link: x', '', 'HTTP/1.1 201 Created', 'content-length: 2', '', 'ok'),
      status: 201,
      body: 'ok',
      isReusable: true,
    },
    { it: 'a status without a reason', text: lines('HTTP/1.1 200', 'content-length: 1', '', 'x'), status: 200, body: 'x', isReusable: true },
    {
      it: 'a server that closes',
      text: lines('HTTP/1.1 200 OK', 'Connection: Close', 'content-length: 1', '', 'x'),
      status: 200,
      body: 'x',
      isReusable: false,
    },
    { it: 'HTTP/1.0', text: lines('HTTP/1.0 200 OK', 'content-length: 1', '', 'x'), status: 200, body: 'x', isReusable: false },
    { it: 'more than was asked for', text: lines('HTTP/1.1 200 OK', 'content-length: 1', '', 'xHTTP/1.1 200'), status: 200, body: 'x', isReusable: false },
  ];
  for (const { it: what, text, method = 'GET', ends = false, ...expected } of responses) {
    it(`reads ${what}, in whatever pieces it comes`, () => {
      for (const pieceBytes of [text.length, 1, 2, 3, 7]) {
        const { heads, body, isDone, isReusable } = read(text, { method, ends, pieceBytes });
        assert.deepEqual({ status: heads.at(-1)?.status, heads: heads.length, body, isReusable, isDone }, { ...expected, heads: 1, isDone: true });
      }
    });
  }

  it('is not done before the end of the body', () => {
    const whole = lines('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '3', 'abc', '0', '', '');
    for (let length = 0; length < whole.length; length++) assert.equal(read(whole.slice(0, length), { ends: true }).isDone, false, whole.slice(0, length));
  });

  it('joins headers of one name, and takes the first of those that cannot be joined', () => {
    const text = lines('HTTP/1.1 200 OK', 'Warning: 299 - "a"', 'warning:  299 - "b" ', 'Content-Type: a/b', 'content-type: c/d', 'content-length: 0', '', '');
    const [head] = read(text).heads;
    assert.equal(head?.headers['warning'], '299 - "a", 299 - "b"');
    assert.equal(head?.headers['content-type'], 'a/b');
  });

  const malformed: Record<string, string> = {
    'no HTTP': lines('SSH-2.0-OpenSSH', '', ''),
    'HTTP/2 in words': lines('HTTP/2 200 OK', '', ''),
    'a line without a colon': lines('HTTP/1.1 200 OK', 'nonsense', '', ''),
    'a folded header': lines('HTTP/1.1 200 OK', 'a: b', ' c', '', ''),
    'a name with a space': lines('HTTP/1.1 200 OK', 'content-length : 1', '', ''),
    'a length that is none': lines('HTTP/1.1 200 OK', 'content-length: +1', '', ''),
    'two lengths': lines('HTTP/1.1 200 OK', 'content-length: 1', 'content-length: 2', '', ''),
    'an unknown coding': lines('HTTP/1.1 200 OK', 'transfer-encoding: gzip, chunked', '', ''),
    'a chunk size that is none': lines('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', 'xyz', ''),
    'a chunk longer than it says': lines('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '1', 'abc', ''),
    'an upgrade': lines('HTTP/1.1 101 Switching Protocols', '', ''),
    'an endless head': `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(100_000)}`,
  };
  for (const [what, text] of Object.entries(malformed)) {
    it(`refuses ${what}`, () => assert.throws(() => read(text, { pieceBytes: 1024 }), /^Error: malformed /));
  }
});
