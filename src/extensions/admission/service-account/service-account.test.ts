import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Container, Pod, PodSpec, ServiceAccount } from '../../../api/generated/core-v1.ts';
import { pods, serviceaccounts } from '../../../api/generated/resource-types.ts';
import { admissionConformance } from '../../../extension-points/admission/conformance.ts';
import { admissionRequest } from '../../../extension-points/admission/testing/admission-requests.ts';
import { MemoryLookup } from '../../../extension-points/admission/testing/memory-lookup.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { createServiceAccountAdmission } from './service-account.ts';

const signal = new AbortController().signal;
const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const container = (name: string, more: Partial<Container> = {}): Container => ({ name, image: 'i', ...more });
const pod = (spec: Partial<PodSpec> = {}, annotations: Record<string, string> = {}): Pod => ({
  metadata: { name: 'web', namespace: 'default', annotations },
  spec: { containers: [container('c')], ...spec },
});
const request = (object: Pod) => admissionRequest(pods, { object });

function world(account: Partial<ServiceAccount> = {}) {
  const { metadata, ...rest } = account;
  const lookup = new MemoryLookup()
    .put(serviceaccounts, { metadata: { name: 'default', namespace: 'default', ...metadata }, ...rest })
    .put(serviceaccounts, { metadata: { name: 'web', namespace: 'default' } });
  const clock = new ManualClock();
  return { lookup, clock, plugin: createServiceAccountAdmission({ lookup, clock }) };
}

async function mutated(object: Pod, account: Partial<ServiceAccount> = {}): Promise<PodSpec> {
  const outcome = await world(account).plugin.mutate!(request(object), signal);
  assert.equal(outcome.kind, 'replace');
  return (outcome as unknown as { object: Pod }).object.spec;
}

async function validated(object: Pod, account: Partial<ServiceAccount> = {}): Promise<string> {
  const outcome = await world(account).plugin.validate!(request(object), signal);
  return outcome.kind === 'deny' ? outcome.error.message : outcome.kind;
}

describe('a pod', () => {
  it('gets the default account and its token in every container', async () => {
    const spec = await mutated(
      pod({ initContainers: [container('i')], containers: [container('c'), container('d', { volumeMounts: [{ name: 'own', mountPath }] })] }),
    );
    assert.deepEqual([spec.serviceAccountName, spec.serviceAccount], ['default', 'default']);
    const [volume] = spec.volumes!;
    assert.match(volume!.name, /^kube-api-access-[a-z0-9]{5}$/);
    assert.deepEqual(volume!.projected, {
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
      ],
      defaultMode: 420,
    });
    const mount = { name: volume!.name, readOnly: true, mountPath };
    assert.deepEqual(
      [...spec.initContainers!, ...spec.containers].map(({ volumeMounts }) => volumeMounts),
      [[mount], [mount], [{ name: 'own', mountPath }]],
    );
  });

  const mounts: { name: string; pod?: boolean; account?: boolean; want: number }[] = [
    { name: 'unless it says no', pod: false, account: true, want: 0 },
    { name: 'unless its account says no', account: false, want: 0 },
    { name: 'when it says yes though its account says no', pod: true, account: false, want: 1 },
  ];
  for (const { name, pod: own, account, want } of mounts) {
    it(`gets the token ${name}`, async () => {
      const spec = await mutated(
        pod(own === undefined ? {} : { automountServiceAccountToken: own }),
        account === undefined ? {} : { automountServiceAccountToken: account },
      );
      assert.equal(spec.volumes?.length ?? 0, want);
    });
  }

  it('gets no volume when every container has something mounted there', async () => {
    assert.equal((await mutated(pod({ containers: [container('c', { volumeMounts: [{ name: 'own', mountPath }] })] }))).volumes, undefined);
  });

  it("gets its account's pull secrets unless it has its own", async () => {
    const account = { imagePullSecrets: [{ name: 'theirs' }] };
    assert.deepEqual((await mutated(pod(), account)).imagePullSecrets, [{ name: 'theirs' }]);
    assert.deepEqual((await mutated(pod({ imagePullSecrets: [{ name: 'own' }] }), account)).imagePullSecrets, [{ name: 'own' }]);
  });

  it('keeps the account it names', async () => assert.equal((await mutated(pod({ serviceAccountName: 'web' }))).serviceAccountName, 'web'));

  it('is refused when its account does not exist', async () => {
    const outcome = await world().plugin.mutate!(request(pod({ serviceAccountName: 'none' })), signal);
    assert.equal(
      outcome.kind === 'deny' && outcome.error.message,
      'pods "web" is forbidden: error looking up service account default/none: serviceaccount "none" not found',
    );
  });

  it('waits a while for the default account of a new namespace', async () => {
    const { lookup, clock, plugin } = world();
    lookup.remove(serviceaccounts, { namespace: 'default', name: 'default' });
    const waiting = plugin.mutate!(request(pod()), signal);
    await clock.advance(300);
    lookup.put(serviceaccounts, { metadata: { name: 'default', namespace: 'default' } });
    await clock.advance(300);
    assert.equal((await waiting).kind, 'replace');
  });

  it('is refused when the default account never comes', async () => {
    const { lookup, clock, plugin } = world();
    lookup.remove(serviceaccounts, { namespace: 'default', name: 'default' });
    const waiting = plugin.mutate!(request(pod()), signal);
    for (let step = 0; step < 12; step++) await clock.advance(150);
    assert.equal((await waiting).kind, 'deny');
  });
});

describe('a mirror pod', () => {
  const mirror = { 'kubernetes.io/config.mirror': 'x' };
  it('is left as it is', async () => assert.equal((await world().plugin.mutate!(request(pod({}, mirror)), signal)).kind, 'allow'));
  const cases: { name: string; spec: Partial<PodSpec>; want: string }[] = [
    { name: 'that refers to nothing is allowed', spec: {}, want: 'allow' },
    { name: 'may not have an account', spec: { serviceAccountName: 'web' }, want: 'pods "web" is forbidden: a mirror pod may not reference service accounts' },
    {
      name: 'may not name secrets',
      spec: { volumes: [{ name: 'v', secret: { secretName: 's' } }] },
      want: 'pods "web" is forbidden: a mirror pod may not reference secrets',
    },
    {
      name: 'may not project tokens',
      spec: { volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }] },
      want: 'pods "web" is forbidden: a mirror pod may not use ServiceAccountToken volume projections',
    },
  ];
  for (const { name, spec, want } of cases) it(name, async () => assert.equal(await validated(pod(spec, mirror)), want));
});

describe('an account that allows only its listed secrets', () => {
  const account = {
    metadata: { annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } },
    secrets: [{ name: 'listed' }],
    imagePullSecrets: [{ name: 'pull' }],
  };
  const environment = (name: string): Container => container('c', { env: [{ name: 'A', valueFrom: { secretKeyRef: { name, key: 'k' } } }] });
  const refusal = (where: string): string => `pods "web" is forbidden: ${where} is not allowed because service account default does not reference that secret`;
  const cases: { name: string; spec: Partial<PodSpec>; want: string }[] = [
    {
      name: 'allows those',
      spec: { containers: [environment('listed')], volumes: [{ name: 'v', secret: { secretName: 'listed' } }], imagePullSecrets: [{ name: 'pull' }] },
      want: 'allow',
    },
    {
      name: 'refuses another volume',
      spec: { volumes: [{ name: 'v', secret: { secretName: 'other' } }] },
      want: refusal('volume with secret.secretName="other"'),
    },
    {
      name: 'refuses another variable',
      spec: { initContainers: [environment('other')] },
      want: refusal('init container c with envVar A referencing secret.secretName="other"'),
    },
    {
      name: 'refuses another pull secret',
      spec: { imagePullSecrets: [{ name: 'other' }] },
      want: 'pods "web" is forbidden: imagePullSecrets[0].name="other" is not allowed because service account default does not reference that imagePullSecret',
    },
  ];
  for (const { name, spec, want } of cases) it(name, async () => assert.equal(await validated(pod({ serviceAccountName: 'default', ...spec }), account), want));
});

admissionConformance({ name: 'service-account', create: () => world().plugin, samples: [request(pod()), request(pod({ serviceAccountName: 'none' }))] });
