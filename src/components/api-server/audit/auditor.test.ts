import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { silentLog } from '../../../kernel/log.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { requestInfo } from '../request-info.ts';
import type { AuditEvent } from './event.ts';
import { openFileLog } from './file-log.ts';
import { createPolicyEvaluator, readAuditPolicy } from './policy.ts';
import { createWebhookLog } from './webhook-log.ts';

const policy = (rules: string): string => `apiVersion: audit.k8s.io/v1\nkind: Policy\n${rules}`;

describe('an audit policy file', () => {
  const refusals: [string, string, string | RegExp][] = [
    [
      'of another kind',
      'apiVersion: audit.k8s.io/v1beta1\nkind: Policy\nrules: [{level: None}]',
      /^no kind "Policy" is registered for version "audit.k8s.io\/v1beta1"$/,
    ],
    ['without a kind', 'rules: []', "Object 'Kind' is missing in configuration"],
    ['without rules', policy('rules: []'), 'loaded illegal policy with 0 rules'],
    ['with a field that is none', policy('rules: [{level: None, user: [a]}]'), 'strict decoding error: unknown field "rules[0].user"'],
    [
      'with a level that is none',
      policy('rules: [{level: Some}]'),
      'rules[0].level: Unsupported value: "Some": supported values: "None", "Metadata", "Request", "RequestResponse"',
    ],
    ['without a level', policy('rules: [{verbs: [get]}]'), 'rules[0].level: Required value'],
    [
      'with a stage that is none',
      policy('omitStages: [Begin]\nrules: [{level: None}]'),
      'omitStages[0]: Invalid value: "Begin": allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic',
    ],
    [
      'with a path that is none',
      policy('rules: [{level: None, nonResourceURLs: [healthz]}]'),
      'rules[0].nonResourceURLs[0]: Invalid value: "healthz": non-resource URL rules must begin with a \'/\' character',
    ],
    [
      'with a star within a path',
      policy("rules: [{level: None, nonResourceURLs: ['/a*b']}]"),
      'rules[0].nonResourceURLs[0]: Invalid value: "/a*b": non-resource URL wildcards \'*\' must be the final character of the rule',
    ],
    [
      'with paths and namespaces',
      policy('rules: [{level: None, nonResourceURLs: [/a], namespaces: [b]}]'),
      'rules[0].nonResourceURLs: Invalid value: ["/a"]: rules cannot apply to both regular resources and non-resource URLs',
    ],
    [
      'with names of no resource',
      policy('rules: [{level: None, resources: [{group: "", resourceNames: [b]}]}]'),
      'rules[0].resources.resourceNames: Invalid value: ["b"]: using resourceNames requires at least one resource',
    ],
  ];
  for (const [name, text, want] of refusals) it(`${name} is refused`, () => assert.throws(() => readAuditPolicy(text), { message: want }));
});

describe('an audit policy', () => {
  const evaluate = createPolicyEvaluator(
    readAuditPolicy(
      policy(`
omitStages: [RequestReceived]
rules:
- {level: None, users: ['system:kube-proxy'], verbs: [watch], resources: [{group: '', resources: [endpoints]}]}
- {level: None, userGroups: ['system:nodes'], nonResourceURLs: ['/api*', /version]}
- {level: Request, resources: [{group: '', resources: [configmaps], resourceNames: [special]}], namespaces: [kube-system], omitManagedFields: true}
- {level: Metadata, resources: [{group: '', resources: ['secrets', '*/status']}, {group: apps}], omitStages: [ResponseStarted]}
- {level: RequestResponse, resources: [{group: '*', resources: ['pods/*']}]}
- {level: Metadata, resources: [{group: '', resources: [services]}]}
`),
    ),
  );
  const level = (user: string, groups: string[], method: string, path: string): string =>
    evaluate({
      user: { name: user, groups },
      info: requestInfo(method, path.split('?')[0]!, new URLSearchParams(path.split('?')[1] ?? '')),
      path: path.split('?')[0]!,
    }).level;
  const cases: [string, string, string[], string, string, string][] = [
    ['of a user and verb', 'system:kube-proxy', [], 'GET', '/api/v1/endpoints?watch=1', 'None'],
    ['of a group and path', 'n', ['system:nodes'], 'GET', '/apis', 'None'],
    ['of a name in a namespace', 'a', [], 'GET', '/api/v1/namespaces/kube-system/configmaps/special', 'Request'],
    ['not of other names', 'a', [], 'GET', '/api/v1/namespaces/kube-system/configmaps/other', 'None'],
    ['of a resource', 'a', [], 'GET', '/api/v1/namespaces/x/secrets', 'Metadata'],
    ['of a sub-resource of anything', 'a', [], 'GET', '/api/v1/nodes/a/status', 'Metadata'],
    ['of a whole group', 'a', [], 'GET', '/apis/apps/v1/deployments', 'Metadata'],
    ['of any sub-resource', 'a', [], 'GET', '/api/v1/namespaces/x/pods/a/log', 'RequestResponse'],
    ['of the resource itself with its sub-resources', 'a', [], 'GET', '/api/v1/namespaces/x/pods/a', 'RequestResponse'],
    ['not of a sub-resource when the rule names the resource', 'a', [], 'GET', '/api/v1/namespaces/x/services/a/proxy', 'None'],
    ['of nothing else', 'a', [], 'GET', '/version', 'None'],
  ];
  for (const [name, user, groups, method, path, want] of cases) it(`has the rule ${name}`, () => assert.equal(level(user, groups, method, path), want));

  it('joins the stages that are left out, and a rule has the last word on managed fields', () => {
    const secret = evaluate({ user: undefined, info: requestInfo('GET', '/api/v1/secrets', new URLSearchParams()), path: '' });
    assert.deepEqual([[...secret.omitStages], secret.omitManagedFields], [['RequestReceived', 'ResponseStarted'], false]);
    const special = evaluate({
      user: undefined,
      info: requestInfo('GET', '/api/v1/namespaces/kube-system/configmaps/special', new URLSearchParams()),
      path: '',
    });
    assert.equal(special.omitManagedFields, true);
  });
});

const event = (auditID: string): AuditEvent => ({ kind: 'Event', auditID }) as AuditEvent;

describe('an audit log file', () => {
  it('is rotated before it grows too long, and old ones are removed', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'audit-'));
    try {
      const path = join(directory, 'logs', 'audit.log');
      const clock = new ManualClock();
      const log = await openFileLog({ path, maximumMegabytes: 0.0001, maximumDays: 0, maximumBackups: 2, clock, log: silentLog });
      for (let index = 0; index < 12; index++) {
        log.write(event(`event-${index}`));
        clock.advance(1_000);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await log[Symbol.asyncDispose]();
      const names = (await readdir(join(directory, 'logs'))).sort();
      assert.equal(names.length, 3);
      assert.match(names[0]!, /^audit-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}\.log$/);
      assert.match(await readFile(path, 'utf8'), /"event-11"/);
      assert.equal((await stat(path)).mode & 0o777, 0o600);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('keeps its bound when many events are written at once', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'audit-'));
    try {
      const maximumBytes = 1_000;
      const options = { path: join(directory, 'a.log'), maximumDays: 0, maximumBackups: 0, clock: new ManualClock(), log: silentLog };
      const log = await openFileLog({ ...options, maximumMegabytes: maximumBytes / 1_048_576 });
      const names = Array.from({ length: 200 }, (_, index) => `event-${index}`);
      for (const name of names.slice(0, 3)) log.write(event(name));
      await new Promise((resolve) => setTimeout(resolve, 5));
      for (const name of names.slice(3)) log.write(event(name));
      await log[Symbol.asyncDispose]();
      const files = (await readdir(directory)).sort((left, right) => (left === 'a.log' ? 1 : right === 'a.log' ? -1 : left < right ? -1 : 1));
      const texts = await Promise.all(files.map((file) => readFile(join(directory, file), 'utf8')));
      for (const text of texts.slice(0, -1)) assert.ok(text.length <= maximumBytes && text.length > maximumBytes - 60, `${text.length}`);
      const written = texts.join('').trimEnd().split('\n');
      assert.deepEqual(
        written.map((line) => (JSON.parse(line) as AuditEvent).auditID),
        names,
      );
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('makes who can wait wait for the disk, and loses nothing', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'audit-'));
    try {
      const options = { path: join(directory, 'a.log'), maximumMegabytes: 100, maximumDays: 0, maximumBackups: 0, clock: new ManualClock(), log: silentLog };
      const log = await openFileLog(options);
      const text = 'x'.repeat(1_000_000);
      let waited = 0;
      const writer = async (index: number): Promise<void> => {
        for (let room = log.room?.(); room; room = log.room?.()) {
          waited++;
          await room;
        }
        log.write(event(`${index}-${text}`));
      };
      await Promise.all(Array.from({ length: 20 }, (_, index) => writer(index)));
      await log[Symbol.asyncDispose]();
      assert.ok(waited >= 15);
      const lines = (await readFile(options.path, 'utf8')).trimEnd().split('\n');
      assert.equal(lines.length, 20);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('is written on when it is opened again', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'audit-'));
    try {
      const options = { path: join(directory, 'a.log'), maximumMegabytes: 100, maximumDays: 0, maximumBackups: 0, clock: new ManualClock(), log: silentLog };
      for (const name of ['one', 'two']) {
        const log = await openFileLog(options);
        log.write(event(name));
        await log[Symbol.asyncDispose]();
      }
      const lines = (await readFile(options.path, 'utf8')).trimEnd().split('\n');
      assert.deepEqual(
        lines.map((line) => (JSON.parse(line) as AuditEvent).auditID),
        ['one', 'two'],
      );
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('an audit webhook', () => {
  const idsOf = (body: Buffer): string[] => (JSON.parse(body.toString()) as { items: AuditEvent[] }).items.map(({ auditID }) => auditID);
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('gets events in batches, when they are full or old enough', async () => {
    const got: string[][] = [];
    const clock = new ManualClock();
    const log = createWebhookLog({ post: async (body) => void got.push(idsOf(body)), clock, log: silentLog, batchSize: 2, batchWaitMs: 100 });
    for (const name of ['a', 'b', 'c']) log.write(event(name));
    await settle();
    await settle();
    clock.advance(100);
    await settle();
    assert.deepEqual(got.flat(), ['a', 'b', 'c']);
    await log[Symbol.asyncDispose]();
  });

  it('is asked again when it fails, and nobody waits for it', async () => {
    let calls = 0;
    const clock = new ManualClock();
    const post = async (): Promise<void> => {
      if (++calls < 3) throw new Error('down');
    };
    const log = createWebhookLog({ post, clock, log: silentLog, batchSize: 1, retryMs: 10 });
    log.write(event('a'));
    for (let step = 0; step < 6; step++) {
      await settle();
      clock.advance(20);
    }
    assert.equal(calls, 3);
    await log[Symbol.asyncDispose]();
  });

  it('holds so much and drops the rest, however few the events are', async () => {
    const got: string[][] = [];
    const log = createWebhookLog({ post: async (body) => void got.push(idsOf(body)), clock: new ManualClock(), log: silentLog });
    const text = 'x'.repeat(8 * 1_024 * 1_024);
    for (let index = 0; index < 10; index++) log.write(event(`${index}-${text}`));
    await log[Symbol.asyncDispose]();
    assert.deepEqual(
      got.flat().map((id) => id.slice(0, 1)),
      ['0', '1', '2', '3', '4', '5', '6', '7'],
    );
  });

  it('holds so many events and drops the rest', async () => {
    const got: string[][] = [];
    const log = createWebhookLog({ post: async (body) => void got.push(idsOf(body)), clock: new ManualClock(), log: silentLog, bufferSize: 3 });
    for (let index = 0; index < 10; index++) log.write(event(`${index}`));
    await log[Symbol.asyncDispose]();
    assert.deepEqual(got.flat(), ['0', '1', '2']);
  });
});
