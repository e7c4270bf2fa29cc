import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WebhookClient, WebhookError } from '../../client/webhook-client.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import { authenticatorConformance } from './conformance.ts';
import type { AuthenticationOutcome, Authenticator } from './contract.ts';
import { serveAuthenticator } from './serve.ts';
import { mintTestCertificates } from './testing/test-certificates.ts';
import { createTokenWebhook, type PostReview } from './webhook.ts';

const signal = new AbortController().signal;
const ann = { name: 'ann', uid: '7', groups: ['staff'], extra: { 'acme.com/project': ['a', 'b'] } };
/** Knows one token, meant for one audience. */
const original: Authenticator = {
  authenticate({ token, audiences }): AuthenticationOutcome {
    if (token === 'expired') return { kind: 'refused', reason: 'it has expired' };
    if (token !== 'good') return { kind: 'no-opinion' };
    return { kind: 'authenticated', user: ann, audiences: audiences.filter((audience) => audience === 'api') };
  },
};
const samples: Parameters<typeof authenticatorConformance>[0]['samples'] = [
  { name: 'a token it knows', request: { token: 'good', audiences: ['api', 'web'] }, kind: 'authenticated', user: ann },
  { name: 'a token it does not know', request: { token: 'other', audiences: ['api'] }, kind: 'no-opinion' },
];

authenticatorConformance({ name: 'in process', create: () => original, samples });
authenticatorConformance({
  name: 'through the wire',
  async create() {
    const { ca, certificate, key } = await mintTestCertificates();
    const server = await serveAuthenticator(original, { certificate, key });
    const client = new WebhookClient({ url: server.url, ca });
    const webhook = createTokenWebhook({ post: (body, aborted) => client.post({ body, timeoutMs: 5_000, signal: aborted }), clock: new ManualClock() });
    return Object.assign(webhook, {
      async [Symbol.asyncDispose]() {
        client[Symbol.dispose]();
        await server[Symbol.asyncDispose]();
      },
    });
  },
  samples: [...samples, { name: 'a token meant for somebody else', request: { token: 'good', audiences: ['web'] }, kind: 'no-opinion' }],
});

describe('a webhook that knows tokens', () => {
  function world(answer: (review: { spec: { token: string } }) => unknown) {
    const clock = new ManualClock();
    let calls = 0;
    const post: PostReview = async (body) => (calls++, Buffer.from(JSON.stringify(await answer(JSON.parse(body.toString()) as never))));
    const webhook = createTokenWebhook({ post, clock });
    return { clock, calls: () => calls, ask: (token: string) => Promise.resolve(webhook.authenticate({ token, audiences: ['api'] }, signal)) };
  }
  const yes = { status: { authenticated: true, user: { username: 'ann' } } };

  it('is asked once in two minutes about the same token, good or bad', async () => {
    const { clock, calls, ask } = world(({ spec }) => (spec.token === 'good' ? yes : { status: {} }));
    for (let round = 0; round < 2; round++) assert.deepEqual([(await ask('good')).kind, (await ask('bad')).kind], ['authenticated', 'no-opinion']);
    assert.equal(calls(), 2);
    clock.advance(120_000);
    await ask('good');
    assert.equal(calls(), 3);
  });

  it('is asked once by requests that come together', async () => {
    const { calls, ask } = world(() => yes);
    await Promise.all([ask('good'), ask('good'), ask('good')]);
    assert.equal(calls(), 1);
  });

  it('goes on for the others when the client of the first goes', async () => {
    let answer: (value: unknown) => void = () => {};
    const post: PostReview = (_body, aborted) =>
      new Promise((resolve, reject) => {
        aborted.addEventListener('abort', () => reject(aborted.reason as Error));
        answer = (value) => resolve(Buffer.from(JSON.stringify(value)));
      });
    const webhook = createTokenWebhook({ post, clock: new ManualClock() });
    const gone = new AbortController();
    const first = webhook.authenticate({ token: 'good', audiences: ['api'] }, gone.signal) as Promise<AuthenticationOutcome>;
    const second = webhook.authenticate({ token: 'good', audiences: ['api'] }, signal);
    gone.abort(new Error('the client closed the connection'));
    await assert.rejects(first, /the client closed/);
    answer(yes);
    assert.equal((await second).kind, 'authenticated');
  });

  it('is given up when it does not answer within half a minute', async () => {
    const clock = new ManualClock();
    const post: PostReview = (_body, aborted) => new Promise((_resolve, reject) => aborted.addEventListener('abort', () => reject(aborted.reason as Error)));
    const asked = createTokenWebhook({ post, clock }).authenticate({ token: 'good', audiences: ['api'] }, signal);
    clock.advance(30_000);
    await assert.rejects(Promise.resolve(asked), /did not answer within 30 seconds/);
  });

  it('vouches for no audience that it does not name', async () => {
    const outcome = await world(() => yes).ask('good');
    assert.equal(outcome.kind === 'authenticated' && outcome.audiences, undefined);
  });

  it('is asked again when it fails in a way that may pass, five times in all', async () => {
    const { clock, calls, ask } = world(() => {
      throw new WebhookError('down', { status: 500 });
    });
    const asked = assert.rejects(ask('good'), /down/);
    for (let step = 0; step < 20; step++) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(1_000);
    }
    await asked;
    assert.equal(calls(), 5);
  });

  it('is not asked again when it refuses to answer', async () => {
    const { calls, ask } = world(() => {
      throw new WebhookError('forbidden', { status: 403 });
    });
    await assert.rejects(ask('good'), /forbidden/);
    assert.equal(calls(), 1);
  });
});

describe('what serves reviews', () => {
  it('refuses what is none', async () => {
    const { ca, certificate, key } = await mintTestCertificates();
    await using server = await serveAuthenticator(original, { certificate, key });
    using client = new WebhookClient({ url: server.url, ca });
    for (const body of ['{', '{}', '{"kind":"TokenReview","apiVersion":"v1"}', '[]'])
      await assert.rejects(client.post({ body: Buffer.from(body), timeoutMs: 5_000 }), { status: 400 });
  });
});
