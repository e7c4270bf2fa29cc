import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { ExitCode } from '../errors/command-errors.ts';
import { requireSuccess } from './command-outcome.ts';
import { DetachFilter, defaultDetachKeys, parseDetachKeys } from './detach-keys.ts';

const typed = async (...chunks: string[]): Promise<string> => {
  const filter = new DetachFilter(parseDetachKeys(defaultDetachKeys));
  for (const chunk of chunks) if (!filter.writableEnded) filter.write(chunk);
  if (!filter.writableEnded) filter.end();
  return text(filter);
};

describe('keys that detach', () => {
  const cases: readonly [string, readonly string[], string][] = [
    ['nothing of the sort', ['ab', 'c'], 'abc'],
    ['both at once', ['ab\x10\x11cd'], 'ab'],
    ['one after the other', ['a\x10', '\x11', 'b'], 'a'],
    ['the first alone', ['a\x10', 'b'], 'a\x10b'],
    ['the first twice', ['\x10\x10\x11x'], '\x10'],
    ['the first at the end', ['a\x10'], 'a\x10'],
  ];
  for (const [name, chunks, wanted] of cases) it(`reads ${name}`, async () => assert.equal(await typed(...chunks), wanted));
  it('may be single characters', () => assert.deepEqual([...parseDetachKeys('a,ctrl-[,ctrl-z')], [97, 27, 26]));
  it('must be keys', () => assert.throws(() => parseDetachKeys('ctrl-ä'), /Unknown character/));
});

describe('the outcome of a command', () => {
  const failure = (reason: string, rest: object): string => JSON.stringify({ status: 'Failure', reason, ...rest });
  it('is success when nothing is said', () => assert.doesNotThrow(() => (requireSuccess(''), requireSuccess('{"status":"Success"}'))));
  it('may be an exit code', () =>
    assert.throws(
      () => requireSuccess(failure('NonZeroExitCode', { details: { causes: [{ reason: 'ExitCode', message: '3' }] } })),
      (error) => error instanceof ExitCode && error.code === 3 && error.message === 'command terminated with exit code 3',
    ));
  it('may be a refusal', () => assert.throws(() => requireSuccess(failure('InternalError', { message: 'no such thing' })), { message: 'no such thing' }));
  it('must make sense', () => {
    assert.throws(() => requireSuccess('{'), /error stream protocol error/);
    assert.throws(() => requireSuccess(failure('NonZeroExitCode', { details: { causes: [] } })), /no ExitCode cause given/);
  });
});
