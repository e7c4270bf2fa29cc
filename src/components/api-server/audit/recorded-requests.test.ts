import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../../../kernel/clock.ts';
import { silentLog } from '../../../kernel/log.ts';
import { startTestServer, type TestServer } from '../test-server.fixture.ts';
import { Auditor, type AuditSink } from './auditor.ts';
import type { AuditEvent } from './event.ts';
import { readAuditPolicy } from './policy.ts';

const maps = '/api/v1/namespaces/default/configmaps';

/** Keeps events; has no room while it is full. */
class KeptEvents implements AuditSink {
  readonly events: AuditEvent[] = [];
  readonly #waiting: (() => void)[] = [];
  #isFull = false;

  write(event: AuditEvent): void {
    this.events.push(event);
  }

  room(): Promise<void> | undefined {
    return this.#isFull ? new Promise((resolve) => this.#waiting.push(resolve)) : undefined;
  }

  fill(): void {
    this.#isFull = true;
  }

  clear(): void {
    this.#isFull = false;
    for (const letOn of this.#waiting.splice(0)) letOn();
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

const serverWith = (sink: KeptEvents): Promise<TestServer> => {
  const rules = 'omitStages: [RequestReceived]\nrules:\n- {level: None, nonResourceURLs: ["*"]}\n- {level: RequestResponse}\n';
  const policy = readAuditPolicy(`apiVersion: audit.k8s.io/v1\nkind: Policy\n${rules}`);
  return startTestServer({ auditor: new Auditor({ policy, sinks: [sink], clock: systemClock, log: silentLog, bodyBytes: 3_000_000 }) });
};

const readsUnderWay = async (test: TestServer): Promise<number> => {
  const { text } = await test.call('GET', '/metrics');
  return Number(/^apiserver_current_inflight_requests\{request_kind="readOnly"\} (\d+)$/m.exec(text)?.[1]) - 1;
};

describe('a recorded request', () => {
  it('keeps its place until there is room for what is recorded of it', async () => {
    const sink = new KeptEvents();
    await using test = await serverWith(sink);
    sink.fill();
    const answers = await Promise.all([1, 2, 3].map(() => test.call('GET', maps)));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    );
    assert.equal(await readsUnderWay(test), 3);
    assert.deepEqual(sink.events, []);
    sink.clear();
    while ((await readsUnderWay(test)) > 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(sink.events.length, 3);
  });

  it('shows the whole of a long list, as it was sent', async () => {
    const sink = new KeptEvents();
    await using test = await serverWith(sink);
    for (let index = 0; index < 100; index++)
      await test.call('POST', maps, { body: { metadata: { name: `map-${index}` }, data: { text: String(index).repeat(10_000) } } });
    const answers = await Promise.all([1, 2, 3].map(() => test.call('GET', maps)));
    while ((await readsUnderWay(test)) > 0) await new Promise((resolve) => setImmediate(resolve));
    const lists = sink.events.filter(({ verb }) => verb === 'list');
    assert.equal(lists.length, 3);
    for (const { responseObject } of lists) assert.deepEqual(responseObject, answers[0]!.json);
  });
});
