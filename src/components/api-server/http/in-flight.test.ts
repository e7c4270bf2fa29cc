import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InFlight } from './in-flight.ts';

const user = (name: string, ...groups: string[]): { name: string; groups: string[] } => ({ name, groups });
const isTooMany = { code: 429, reason: 'TooManyRequests' };

describe('requests in flight', () => {
  it('are bounded for reads and writes apart, and leave once', () => {
    const inFlight = new InFlight({ readsInFlight: 1, writesInFlight: 1 });
    const leave = inFlight.enter('create', user('eve'));
    assert.throws(() => inFlight.enter('patch', user('bob')), isTooMany);
    inFlight.enter('get', user('bob'));
    leave();
    leave();
    assert.equal(inFlight.writes, 0);
    inFlight.enter('update', user('bob'));
  });

  it('never refuse an administrator', () => {
    const inFlight = new InFlight({ readsInFlight: 0, writesInFlight: 0 });
    inFlight.enter('create', user('root', 'system:masters'));
    inFlight.enterUpload(user('root', 'system:masters'));
  });

  it('bound the uploads of each user alone', () => {
    const inFlight = new InFlight({ readsInFlight: 1, writesInFlight: 2 });
    const leave = inFlight.enterUpload(user('eve'));
    inFlight.enterUpload(user('eve'));
    assert.throws(() => inFlight.enterUpload(user('eve')), isTooMany);
    inFlight.enterUpload(user('bob'));
    leave();
    inFlight.enterUpload(user('eve'));
  });
});
