import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InFlight } from './in-flight.ts';

const user = (name: string, ...groups: string[]): { name: string; groups: string[] } => ({ name, groups });
const isTooMany = { code: 429, reason: 'TooManyRequests' };

describe('requests in flight', () => {
  it('are counted, reads and writes apart, and leave once', () => {
    const inFlight = new InFlight({ writesInFlight: 1 });
    const leave = inFlight.enter('create');
    inFlight.enter('get');
    assert.deepEqual([inFlight.reads, inFlight.writes], [1, 1]);
    leave();
    leave();
    assert.equal(inFlight.writes, 0);
  });

  it('never refuse an upload of an administrator', () => {
    const inFlight = new InFlight({ writesInFlight: 0 });
    inFlight.enterUpload(user('root', 'system:masters'));
  });

  it('bound the uploads of each user alone', () => {
    const inFlight = new InFlight({ writesInFlight: 2 });
    const leave = inFlight.enterUpload(user('eve'));
    inFlight.enterUpload(user('eve'));
    assert.throws(() => inFlight.enterUpload(user('eve')), isTooMany);
    inFlight.enterUpload(user('bob'));
    leave();
    inFlight.enterUpload(user('eve'));
  });
});
