import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import type { Output, Streams } from '../contract.ts';
import { StoppedBySignal } from '../errors/stopped-by-signal.ts';
import type { Found, ResourceInfo, TogetherWork } from '../resources/contract.ts';
import { workOnAll } from '../resources/work-together.ts';
import { changeMany } from './change-many.ts';

const info = (name: string): ResourceInfo =>
  ({
    resource: { group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap' },
    name,
    namespace: 'default',
    source: '',
    object: undefined,
  }) as unknown as ResourceInfo;

/** Changes `count` objects on a terminal, or not on one; `change` answers for each. */
async function run(count: number, { isTerminal, change }: { isTerminal: boolean; change(name: number, stop: () => void): Promise<string> | string }) {
  const written = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr'): Output => ({ isTerminal, write: (text: string) => void (written[name] += text) }) as unknown as Output;
  const controller = new AbortController();
  let isSignalRead = false;
  const context = {
    streams: { stdout: output('stdout'), stderr: output('stderr') } as Streams,
    clock: new ManualClock(0),
    get signal() {
      isSignalRead = true;
      return controller.signal;
    },
  };
  async function* found(): AsyncIterable<Found> {
    for (let index = 0; index < count; index++) yield { info: info(String(index)) };
  }
  const error = await changeMany<string>(
    context,
    { visitTogether: <Result>(work: TogetherWork<Result>) => workOnAll(found(), work) },
    {
      order: 'creation',
      what: 'created',
      async change({ name }) {
        await turn();
        return change(Number(name), () => controller.abort(new StoppedBySignal('SIGINT')));
      },
      tell: (result) => ({ line: `${result}\n`, warnings: result === 'w' ? 'Warning: w\n' : '' }),
    },
  ).catch((thrown: unknown) => thrown);
  return { ...written, error, isSignalRead };
}

describe('changing many objects', () => {
  it('tells of each in order, warnings in front', async () => {
    const { stdout, stderr, error } = await run(3, { isTerminal: false, change: (index) => (index === 1 ? 'w' : String(index)) });
    assert.deepEqual({ stdout, stderr, error }, { stdout: '0\nw\n2\n', stderr: 'Warning: w\n', error: undefined });
  });

  it('shows on a terminal how many are done, and takes that away in the end', async () => {
    const { stdout, stderr } = await run(200, { isTerminal: true, change: String });
    assert.equal(stdout.split('\n').length, 201);
    assert.match(stderr, /\d+\/200 created/);
    assert.ok(stderr.endsWith('\r\u001b[K'));
  });

  it('shows nothing of few, and leaves Ctrl-C to end them at once', async () => {
    const { stderr, isSignalRead } = await run(19, { isTerminal: true, change: String });
    assert.deepEqual({ stderr, isSignalRead }, { stderr: '', isSignalRead: false });
  });

  it('shows nothing where there is no terminal', async () => {
    assert.equal((await run(200, { isTerminal: false, change: String })).stderr, '');
  });

  it('says what was done when it is stopped', async () => {
    const { stdout, stderr, error } = await run(100, {
      isTerminal: false,
      change(index, stop) {
        if (index === 10) stop();
        if (index === 5) throw new Error('no');
        return String(index);
      },
    });
    assert.ok(error instanceof StoppedBySignal);
    const done = stdout.split('\n').length - 1;
    assert.ok(done >= 10);
    assert.equal(stderr, `error: no\nStopped: ${done} of 100 created, 1 failed, ${99 - done} left as they were.\n`);
  });
});
