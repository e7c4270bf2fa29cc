import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requestLog } from './request-log.ts';

describe('requestLog', () => {
  const request = {
    method: 'POST',
    url: 'https://x/api',
    headers: { accept: 'application/json', authorization: 'Bearer secret', 'impersonate-group': ['a', 'b'] },
    body: Buffer.from('{"a":1}'),
    status: 201,
    answerHeaders: { ':status': 201, 'audit-id': 'q' },
    tookMs: 4.4,
  };
  const at = (verbosity: number): string => requestLog(request, { verbosity, now: new Date(2026, 1, 3, 4, 5, 6, 7), pid: 12 });
  const head = 'I0203 04:05:06.007000      12';
  const headers = '\tAccept: application/json\n\tAuthorization: Bearer <masked>\n\tImpersonate-Group: a\n\tImpersonate-Group: b\n';

  it('tells more from level to level, and never a token', () => {
    assert.equal(at(6), `${head} round_trippers.go:632] "Response" verb="POST" url="https://x/api" status="201 Created" milliseconds=4\n`);
    const asked = `${head} round_trippers.go:527] "Request" verb="POST" url="https://x/api" headers=<\n${headers} >\n`;
    assert.equal(at(7), `${asked}${head} round_trippers.go:632] "Response" status="201 Created" milliseconds=4\n`);
    assert.equal(
      at(8),
      `${head} helper.go:105] "Request Body" body="{\\"a\\":1}"\n${asked}${head} round_trippers.go:632] "Response" status="201 Created" headers=<\n\tAudit-Id: q\n > milliseconds=4\n`,
    );
    assert.match(at(9), /curlCommand=<\n\tcurl -v -XPOST {2}-H "Accept: application\/json" -H "Authorization: Bearer <masked>" .* 'https:\/\/x\/api'\n >\n/);
  });
});
