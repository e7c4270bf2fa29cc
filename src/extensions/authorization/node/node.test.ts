import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodSpec } from '../../../api/generated/core-v1.ts';
import { persistentvolumes, pods, resourceslices, volumeattachments } from '../../../api/generated/resource-types.ts';
import { MemoryLookup } from '../../../extension-points/admission/testing/memory-lookup.ts';
import { authorizerConformance } from '../../../extension-points/authorization/conformance.ts';
import type { AuthorizationAttributes, AuthorizationDecision } from '../../../extension-points/authorization/contract.ts';
import { createNodeAuthorizer } from './node.ts';

const signal = new AbortController().signal;
const rules = [{ verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['services'] }];
const podSpec: PodSpec = {
  nodeName: 'one',
  serviceAccountName: 'web',
  imagePullSecrets: [{ name: 'pull' }],
  containers: [
    { name: 'c', env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'environment', key: 'k' } } }], envFrom: [{ configMapRef: { name: 'settings' } }] },
  ],
  volumes: [
    { name: 'v', secret: { secretName: 'volume' } },
    { name: 'p', projected: { sources: [{ configMap: { name: 'projected' } }] } },
    { name: 'd', persistentVolumeClaim: { claimName: 'data' } },
    { name: 'e', ephemeral: {} },
  ],
};
const pod = (name: string, spec: PodSpec, annotations = {}) => ({ metadata: { namespace: 'default', name, annotations }, spec });

function world(): MemoryLookup {
  const csi = { driver: 'd', volumeHandle: 'h', nodeStageSecretRef: { name: 'stage', namespace: 'kube-system' } };
  return new MemoryLookup()
    .put(pods, pod('web', podSpec), pod('other', { nodeName: 'two', containers: [], volumes: [{ name: 'v', secret: { secretName: 'others' } }] }))
    .put(
      pods,
      pod('mirror', { nodeName: 'one', containers: [], volumes: [{ name: 'v', secret: { secretName: 'mirrored' } }] }, { 'kubernetes.io/config.mirror': 'x' }),
    )
    .put(persistentvolumes, { metadata: { name: 'pv' }, spec: { claimRef: { namespace: 'default', name: 'data' }, csi } })
    .put(volumeattachments, { metadata: { name: 'attached' }, spec: { attacher: 'd', nodeName: 'one', source: {} } })
    .put(resourceslices, { metadata: { name: 'slice' }, spec: { driver: 'd', nodeName: 'one', pool: { name: 'p', generation: 1, resourceSliceCount: 1 } } });
}

interface Attempt {
  readonly verb: string;
  readonly group?: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly fieldSelector?: string;
  readonly node?: string;
}

function attributes({ verb, group = '', resource, namespace = 'default', name = '', fieldSelector, node = 'one' }: Attempt): AuthorizationAttributes {
  const [main = '', subresource = ''] = resource.split('/');
  return {
    user: { name: `system:node:${node}`, groups: ['system:nodes'] },
    verb,
    path: '',
    ...(fieldSelector ? { fieldSelector } : {}),
    resource: { group, version: 'v1', resource: main, subresource, namespace, name },
  };
}
const authorize = (attempt: Attempt, lookup = world()): AuthorizationDecision =>
  createNodeAuthorizer({ lookup, rules }).authorize(attributes(attempt), signal) as AuthorizationDecision;
const unrelated = (node = 'one') => `no relationship found between node '${node}' and this object`;

describe('the node authorizer', () => {
  const cluster = { namespace: '' };
  const allowed: readonly Attempt[] = [
    ...['pull', 'environment', 'volume'].map((name) => ({ verb: 'get', resource: 'secrets', name })),
    ...['settings', 'projected'].map((name) => ({ verb: 'watch', resource: 'configmaps', name })),
    { verb: 'list', resource: 'secrets', fieldSelector: 'metadata.name=volume' },
    { verb: 'get', resource: 'secrets', namespace: 'kube-system', name: 'stage' },
    { verb: 'get', resource: 'persistentvolumeclaims', name: 'data' },
    { verb: 'get', resource: 'persistentvolumeclaims', name: 'web-e' },
    { verb: 'patch', resource: 'persistentvolumeclaims/status', name: 'data' },
    { verb: 'get', resource: 'persistentvolumes', name: 'pv', ...cluster },
    { verb: 'create', resource: 'serviceaccounts/token', name: 'web' },
    { verb: 'get', resource: 'pods', name: 'web' },
    { verb: 'list', resource: 'pods', fieldSelector: 'spec.nodeName=one' },
    { verb: 'patch', resource: 'pods/status', name: 'web' },
    { verb: 'create', resource: 'pods' },
    { verb: 'create', resource: 'pods/eviction', name: 'web' },
    { verb: 'get', resource: 'nodes', name: 'one', ...cluster },
    { verb: 'watch', resource: 'nodes', fieldSelector: 'metadata.name=one', ...cluster },
    { verb: 'patch', resource: 'nodes/status', name: 'one', ...cluster },
    { verb: 'create', group: 'coordination.k8s.io', resource: 'leases', namespace: 'kube-node-lease' },
    { verb: 'update', group: 'coordination.k8s.io', resource: 'leases', namespace: 'kube-node-lease', name: 'one' },
    { verb: 'get', group: 'storage.k8s.io', resource: 'csinodes', name: 'one', ...cluster },
    { verb: 'get', group: 'storage.k8s.io', resource: 'volumeattachments', name: 'attached', ...cluster },
    { verb: 'delete', group: 'resource.k8s.io', resource: 'resourceslices', name: 'slice', ...cluster },
    { verb: 'list', group: 'resource.k8s.io', resource: 'resourceslices', fieldSelector: 'spec.nodeName=one', ...cluster },
    { verb: 'list', resource: 'services', namespace: '' },
  ];
  for (const attempt of allowed) {
    it(`lets a node ${attempt.verb} ${attempt.resource} ${attempt.name ?? attempt.fieldSelector ?? ''}`, () =>
      assert.deepEqual(authorize(attempt), { kind: 'allow', reason: '' }));
  }

  const refused: readonly (Attempt & { readonly reason: string })[] = [
    { verb: 'get', resource: 'secrets', name: 'others', reason: unrelated() },
    { verb: 'get', resource: 'secrets', name: 'mirrored', reason: unrelated() },
    { verb: 'get', resource: 'secrets', name: 'volume', node: 'two', reason: unrelated('two') },
    { verb: 'list', resource: 'secrets', reason: 'No Object name found' },
    { verb: 'delete', resource: 'secrets', name: 'volume', reason: 'can only read resources of this type' },
    { verb: 'list', resource: 'secrets', namespace: '', reason: 'can only read namespaced object of this type' },
    { verb: 'list', resource: 'persistentvolumes', reason: 'can only get individual resources of this type' },
    { verb: 'get', resource: 'persistentvolumes', name: 'pv', node: 'two', reason: unrelated('two') },
    { verb: 'create', resource: 'serviceaccounts/token', name: 'db', reason: unrelated() },
    { verb: 'list', resource: 'serviceaccounts', reason: 'can only create tokens for individual service accounts' },
    { verb: 'list', resource: 'pods', reason: 'can only list/watch pods with spec.nodeName field selector' },
    { verb: 'get', resource: 'pods', name: 'other', reason: unrelated() },
    { verb: 'list', resource: 'pods', fieldSelector: 'spec.nodeName!=two', reason: 'can only list/watch pods with spec.nodeName field selector' },
    { verb: 'get', resource: 'nodes', name: 'two', reason: "node 'one' cannot read 'two', only its own Node object" },
    { verb: 'list', resource: 'nodes', reason: "node 'one' cannot read all nodes, only its own Node object" },
    {
      verb: 'update',
      group: 'coordination.k8s.io',
      resource: 'leases',
      namespace: 'kube-node-lease',
      name: 'two',
      reason: 'can only access node lease with the same name as the requesting node',
    },
    { verb: 'create', group: 'coordination.k8s.io', resource: 'leases', reason: 'can only access leases in the "kube-node-lease" system namespace' },
    { verb: 'get', group: 'storage.k8s.io', resource: 'csinodes', name: 'two', reason: 'can only access CSINode with the same name as the requesting node' },
    {
      verb: 'list',
      group: 'resource.k8s.io',
      resource: 'resourceslices',
      reason: 'can only list/watch/deletecollection resourceslices with nodeName field selector',
    },
    { verb: 'delete', resource: 'services', name: 'x', reason: '' },
  ];
  for (const { reason, ...attempt } of refused) {
    it(`does not let node ${attempt.node ?? 'one'} ${attempt.verb} ${attempt.resource} ${attempt.namespace ?? 'default'}/${attempt.name ?? ''}${attempt.fieldSelector ?? ''}`, () =>
      assert.deepEqual(authorize(attempt), { kind: 'no-opinion', reason }));
  }

  it('forgets what a pod needed when the last pod that needed it is gone', () => {
    const lookup = world().put(pods, pod('web-2', { nodeName: 'one', containers: [], volumes: [{ name: 'v', secret: { secretName: 'volume' } }] }));
    const authorizer = createNodeAuthorizer({ lookup, rules });
    const may = (): string => (authorizer.authorize(attributes({ verb: 'get', resource: 'secrets', name: 'volume' }), signal) as AuthorizationDecision).kind;
    lookup.remove(pods, { namespace: 'default', name: 'web' });
    assert.equal(may(), 'allow');
    lookup.put(pods, pod('web-2', { nodeName: 'one', containers: [] }));
    assert.equal(may(), 'no-opinion');
  });

  it('learns of a pod when it is bound', () => {
    const lookup = new MemoryLookup().put(pods, pod('web', { ...podSpec, nodeName: '' }));
    const authorizer = createNodeAuthorizer({ lookup, rules });
    const may = (): string => (authorizer.authorize(attributes({ verb: 'get', resource: 'secrets', name: 'volume' }), signal) as AuthorizationDecision).kind;
    assert.equal(may(), 'no-opinion');
    lookup.put(pods, pod('web', podSpec));
    assert.equal(may(), 'allow');
  });

  it('has no opinion on who is no node, and says so of a node without name', () => {
    const authorizer = createNodeAuthorizer({ lookup: world(), rules });
    const ask = (name: string, groups: string[]) =>
      authorizer.authorize({ ...attributes({ verb: 'get', resource: 'secrets', name: 'volume' }), user: { name, groups } }, signal);
    assert.deepEqual(ask('system:node:one', []), { kind: 'no-opinion', reason: '' });
    assert.deepEqual(ask('ann', ['system:nodes']), { kind: 'no-opinion', reason: 'unknown node for user "ann"' });
  });
});

authorizerConformance({
  name: 'node',
  create: () => createNodeAuthorizer({ lookup: world(), rules }),
  users: [{ user: { name: 'ann', groups: [] }, namespace: 'default' }],
  samples: [{ attributes: attributes({ verb: 'get', resource: 'secrets', name: 'volume' }), kind: 'allow' }],
});
