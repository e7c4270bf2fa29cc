import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { createExpressionCompiler } from '../../../extension-points/authentication/expression-compiler.ts';
import type { Authorizer } from '../../../extension-points/authorization/contract.ts';
import { systemClock } from '../../../kernel/clock.ts';
import { ExtensionPoint } from '../../../kernel/extension-point.ts';
import { silentLog } from '../../../kernel/log.ts';
import { openAuthorizationFile } from './authorization-file.ts';
import { durationMs, readAuthorizationConfiguration } from './configuration.ts';

const compiler = createExpressionCompiler();
const directory = mkdtempSync(join(tmpdir(), 'authorization-'));
after(() => rmSync(directory, { recursive: true }));
const kubeconfig = join(directory, 'webhook.kubeconfig');
writeFileSync(
  kubeconfig,
  JSON.stringify({
    clusters: [{ name: 'a', cluster: { server: 'https://127.0.0.1:1/' } }],
    users: [],
    contexts: [{ name: 'a', context: { cluster: 'a', user: '' } }],
    'current-context': 'a',
  }),
);

const file = (authorizers: string): string => `apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\n${authorizers}`;
const webhook = (more = '', connection = `{type: KubeConfigFile, kubeConfigFile: ${kubeconfig}}`): string =>
  `{type: Webhook, name: w, webhook: {timeout: 3s, subjectAccessReviewVersion: v1, failurePolicy: Deny, connectionInfo: ${connection}${more}}}`;

describe('an authorization configuration', () => {
  it('lists authorizers', () =>
    assert.ok(readAuthorizationConfiguration(file(`authorizers: [{type: Node, name: node}, ${webhook()}, {type: RBAC, name: rbac}]`), compiler)));

  const refusals: [string, string, string | RegExp][] = [
    ['nothing', file('authorizers: []'), 'authorizers: Required value: at least one authorization mode must be defined'],
    [
      'a type that is none',
      file('authorizers: [{type: Other, name: a}]'),
      /^authorizers\[0\]\.type: Unsupported value: "Other": supported values: "AlwaysAllow"/,
    ],
    ['no type', file('authorizers: [{name: a}]'), 'authorizers[0].type: Required value'],
    ['RBAC twice', file('authorizers: [{type: RBAC, name: a}, {type: RBAC, name: b}]'), 'authorizers[1].type: Duplicate value: "RBAC"'],
    ['a name twice', file('authorizers: [{type: Node, name: a}, {type: RBAC, name: a}]'), 'authorizers[1].name: Duplicate value: "a"'],
    [
      'a name that is none',
      file('authorizers: [{type: RBAC, name: A}]'),
      /^authorizers\[0\]\.name: Invalid value: "A": authorizer name is invalid: a lowercase RFC 1123/,
    ],
    ['a webhook without settings', file('authorizers: [{type: Webhook, name: a}]'), 'authorizers[0].webhook: Required value: required when type=Webhook'],
    [
      'settings of a webhook that is none',
      file('authorizers: [{type: RBAC, name: a, webhook: {}}]'),
      'authorizers[0].webhook: Invalid value: "non-null": may only be specified when type=Webhook',
    ],
    [
      'a time-out that is too long',
      file(`authorizers: [${webhook().replace('3s', '31s')}]`),
      'authorizers[0].timeout: Invalid value: "31s": must be > 0s and <= 30s',
    ],
    [
      'another version',
      file(`authorizers: [${webhook().replace('v1', 'v2')}]`),
      'authorizers[0].subjectAccessReviewVersion: Unsupported value: "v2": supported values: "v1", "v1beta1"',
    ],
    [
      'another failure policy',
      file(`authorizers: [${webhook().replace('Deny', 'Open')}]`),
      'authorizers[0].failurePolicy: Unsupported value: "Open": supported values: "NoOpinion", "Deny"',
    ],
    [
      'a file that is not there',
      file(`authorizers: [${webhook('', '{type: KubeConfigFile, kubeConfigFile: /no/where}')}]`),
      'authorizers[0].connectionInfo.kubeConfigFile: Invalid value: "/no/where": error loading file: stat /no/where: no such file or directory',
    ],
    [
      'a relative path',
      file(`authorizers: [${webhook('', '{type: KubeConfigFile, kubeConfigFile: a}')}]`),
      'authorizers[0].connectionInfo.kubeConfigFile: Invalid value: "a": must be an absolute path',
    ],
    [
      'conditions without a version',
      file(`authorizers: [${webhook(", matchConditions: [{expression: 'true'}]")}]`),
      'authorizers[0].matchConditionSubjectAccessReviewVersion: Required value: required if match conditions are specified',
    ],
    [
      'a condition of another type',
      file(`authorizers: [${webhook(', matchConditionSubjectAccessReviewVersion: v1, matchConditions: [{expression: request.user}]')}]`),
      'authorizers[0].matchConditions[0].expression: Invalid value: "request.user": must evaluate to bool but got string',
    ],
    [
      'a condition that is none',
      file(`authorizers: [${webhook(', matchConditionSubjectAccessReviewVersion: v1, matchConditions: [{expression: request.name}]')}]`),
      /matchConditions\[0\]\.expression: Invalid value: "request\.name": compilation failed: ERROR: <input>:1:8: undefined field 'name'/,
    ],
  ];
  for (const [name, text, want] of refusals)
    it(`with ${name} is refused`, () => assert.throws(() => readAuthorizationConfiguration(text, compiler), { message: want }));

  it('is followed when its file changes, and kept when it becomes nonsense', async () => {
    const path = join(directory, 'config.yaml');
    writeFileSync(path, file('authorizers: [{type: RBAC, name: rbac}]'));
    const point = new ExtensionPoint<Authorizer>('authorization');
    const some: Authorizer = { authorize: () => ({ kind: 'no-opinion', reason: '' }) };
    const builtIn = { Node: some, RBAC: some, AlwaysAllow: some, AlwaysDeny: some };
    await using _opened = await openAuthorizationFile(path, { point, builtIn, compiler, clock: systemClock, log: silentLog });
    const names = (): string => [...point].map(({ name }) => name).join();
    assert.equal(names(), 'rbac');
    writeFileSync(path, file(`authorizers: [{type: Node, name: node}, {type: RBAC, name: rbac}, ${webhook()}]`));
    while (names() !== 'node,rbac,w') await new Promise((resolve) => setTimeout(resolve, 50));
    writeFileSync(path, file('authorizers: []'));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    assert.equal(names(), 'node,rbac,w');
  });
});

describe('a duration', () => {
  for (const [text, want] of [
    ['30s', 30_000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['250ms', 250],
    ['-1s', -1_000],
    ['0', 0],
    ['soon', undefined],
    ['3', undefined],
  ] as const)
    it(`${text} is ${want ?? 'none'}`, () => assert.equal(durationMs(text), want));
});
