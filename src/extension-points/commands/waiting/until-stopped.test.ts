import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExitCode } from '../errors/command-errors.ts';
import { untilStopped } from './until-stopped.ts';

describe('work that is followed until the user ends it', () => {
  it('answers what came of it', async () => {
    const { signal } = new AbortController();
    assert.equal(await untilStopped({ signal }, () => Promise.resolve(7)), 7);
    await assert.rejects(
      untilStopped({ signal }, () => Promise.reject(new Error('no'))),
      /^Error: no$/,
    );
  });

  it('ends with exit code 1 and without a word when it is ended, whatever becomes of it then', async () => {
    const controller = new AbortController();
    const silent = (error: unknown): boolean => error instanceof ExitCode && error.code === 1 && error.message === '';
    const { promise, reject } = Promise.withResolvers<void>();
    const ended = assert.rejects(
      untilStopped(controller, () => promise),
      silent,
    );
    controller.abort();
    await ended;
    reject(new Error('the connection was closed'));
    await assert.rejects(
      untilStopped(controller, () => promise),
      silent,
    );
  });
});
