import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodSpec } from '../../../api/generated/core-v1.ts';
import {
  certificatesigningrequests,
  configmaps,
  csidrivers,
  csinodes,
  leases,
  nodes,
  persistentvolumeclaims,
  pods,
  resourceslices,
  serviceaccounts,
} from '../../../api/generated/resource-types.ts';
import { admissionConformance } from '../../../extension-points/admission/conformance.ts';
import type { AdmissionRequest } from '../../../extension-points/admission/contract.ts';
import { admissionRequest } from '../../../extension-points/admission/testing/admission-requests.ts';
import { MemoryLookup } from '../../../extension-points/admission/testing/memory-lookup.ts';
import { loadX509 } from '../../../extension-points/authentication/x509.ts';
import { createNodeRestriction } from './node-restriction.ts';

const signal = new AbortController().signal;
const user = { name: 'system:node:one', groups: ['system:nodes', 'system:authenticated'] };
const boundSpec: PodSpec = {
  nodeName: 'one',
  containers: [],
  volumes: [
    { name: 't', projected: { sources: [{ serviceAccountToken: { path: 't', audience: 'vault' } }, { serviceAccountToken: { path: 'u' } }] } },
    { name: 'c', csi: { driver: 'disks' } },
  ],
};
const lookup = new MemoryLookup()
  .put(
    pods,
    { metadata: { namespace: 'default', name: 'mine', uid: 'pod-1' }, spec: boundSpec },
    { metadata: { namespace: 'default', name: 'theirs', uid: 'pod-2' }, spec: { nodeName: 'two', containers: [] } },
  )
  .put(nodes, { metadata: { name: 'one', uid: 'node-1' }, spec: {} })
  .put(csidrivers, { metadata: { name: 'disks' }, spec: { tokenRequests: [{ audience: 'disks' }] } });
const plugin = createNodeRestriction({
  lookup,
  authorize: async ({ resource }) => ({ kind: resource?.resource === 'granted' ? 'allow' : 'no-opinion', reason: '' }),
});

type Given = Parameters<typeof admissionRequest>[1];
async function judge(type: Parameters<typeof admissionRequest>[0], given: Given): Promise<string> {
  const request = admissionRequest(type, { user, ...given });
  if (!plugin.handles!(request)) return 'allow';
  const outcome = await plugin.validate!(request, signal);
  return outcome.kind === 'deny' ? outcome.error.message : outcome.kind;
}
const forbid = (what: string, why: string): string => `${what} is forbidden: ${why}`;

describe('a node and pods', () => {
  const owner = { apiVersion: 'v1', kind: 'Node', name: 'one', uid: 'node-1', controller: true };
  const mirror = (spec: Partial<PodSpec> = {}, metadata: Record<string, unknown> = {}) => ({
    metadata: { namespace: 'default', name: 'm', annotations: { 'kubernetes.io/config.mirror': 'x' }, ownerReferences: [owner], ...metadata },
    spec: { nodeName: 'one', containers: [], ...spec },
  });
  const creations: { name: string; object: object; why?: string }[] = [
    { name: 'a mirror pod of its own', object: mirror() },
    {
      name: 'an ordinary pod',
      object: mirror({}, { annotations: {} }),
      why: 'pod does not have "kubernetes.io/config.mirror" annotation, node "one" can only create mirror pods',
    },
    { name: 'a mirror pod of another node', object: mirror({ nodeName: 'two' }), why: 'node "one" can only create pods with spec.nodeName set to itself' },
    {
      name: 'a mirror pod without owner',
      object: mirror({}, { ownerReferences: [] }),
      why: 'node "one" can only create pods with an owner reference set to itself',
    },
    {
      name: 'a mirror pod of a replaced node',
      object: mirror({}, { ownerReferences: [{ ...owner, uid: 'old' }] }),
      why: 'node one UID mismatch: expected old got node-1',
    },
    {
      name: 'a mirror pod that blocks its owner',
      object: mirror({}, { ownerReferences: [{ ...owner, blockOwnerDeletion: true }] }),
      why: 'node "one" must not set blockOwnerDeletion on an owner reference',
    },
    {
      name: 'a mirror pod with an account',
      object: mirror({ serviceAccountName: 'default' }),
      why: 'node "one" can not create pods that reference a service account',
    },
    { name: 'a mirror pod with secrets', object: mirror({ imagePullSecrets: [{ name: 's' }] }), why: 'node "one" can not create pods that reference secrets' },
    {
      name: 'a mirror pod with config maps',
      object: mirror({ volumes: [{ name: 'v', configMap: { name: 'c' } }] }),
      why: 'node "one" can not create pods that reference configmaps',
    },
    {
      name: 'a mirror pod with claims',
      object: mirror({ volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] }),
      why: 'node "one" can not create pods that reference persistentvolumeclaims',
    },
  ];
  for (const { name, object, why } of creations)
    it(`${why ? 'refuses' : 'allows'} ${name}`, async () => assert.equal(await judge(pods, { object }), why ? forbid('pods "m"', why) : 'allow'));

  const [mine, theirs] = ['mine', 'theirs'].map((name) => lookup.get(pods, { namespace: 'default', name })!);
  const labelled = { ...mine!, metadata: { ...mine!.metadata, labels: { a: 'b' } } };
  const withStatus = (status: object) => ({ ...mine!, status });
  const eviction = (name: string) => ({ metadata: { namespace: 'default', name } });
  const others: { name: string; given: Given; want: string }[] = [
    { name: 'deleting its pod', given: { oldObject: mine! }, want: 'allow' },
    {
      name: "deleting another node's pod",
      given: { oldObject: theirs! },
      want: forbid('pods "theirs"', 'node "one" can only delete pods with spec.nodeName set to itself'),
    },
    {
      name: 'changing a pod',
      given: { object: mine!, oldObject: mine! },
      want: forbid('pods "mine"', 'unexpected operation "UPDATE", node "one" can only create and delete mirror pods'),
    },
    { name: 'reporting on its pod', given: { object: mine!, oldObject: mine!, subresource: 'status' }, want: 'allow' },
    {
      name: "reporting on another node's pod",
      given: { object: theirs!, oldObject: theirs!, subresource: 'status' },
      want: forbid('pods "theirs"', 'node "one" can only update pod status for pods with spec.nodeName set to itself'),
    },
    {
      name: 'labelling through the status',
      given: { object: labelled, oldObject: mine!, subresource: 'status' },
      want: forbid('pods "mine"', 'node "one" cannot update labels through pod status'),
    },
    {
      name: 'naming claims of its pod',
      given: { object: withStatus({ resourceClaimStatuses: [{ name: 'c', resourceClaimName: 'theirs' }] }), oldObject: mine!, subresource: 'status' },
      want: forbid('pods "mine"', 'node "one" cannot update resource claim statues'),
    },
    {
      name: 'naming a claim for extended resources of its pod',
      given: {
        object: withStatus({ extendedResourceClaimStatus: { resourceClaimName: 'theirs', requestMappings: [] } }),
        oldObject: mine!,
        subresource: 'status',
      },
      want: forbid('pods "mine"', 'node "one" cannot update extended resource claim status'),
    },
    { name: 'evicting its pod', given: { object: eviction('mine'), subresource: 'eviction' }, want: 'allow' },
    {
      name: "evicting another node's pod",
      given: { object: eviction('theirs'), subresource: 'eviction' },
      want: forbid('pods "theirs"', 'node one can only evict pods with spec.nodeName set to itself'),
    },
    { name: 'evicting a pod that is gone', given: { object: eviction('gone'), subresource: 'eviction' }, want: 'pods "gone" not found' },
    {
      name: 'binding a pod',
      given: { object: eviction('mine'), subresource: 'binding' },
      want: forbid('pods "mine"', "unexpected pod subresource \"binding\", only 'status' and 'eviction' are allowed"),
    },
  ];
  for (const { name, given, want } of others) it(`judges ${name}`, async () => assert.equal(await judge(pods, given), want));
});

describe('a node and Node objects', () => {
  const node = (labels: Record<string, string> = {}, spec: object = {}, name = 'one', metadata: object = {}) => ({
    metadata: { name, labels, ...metadata },
    spec,
  });
  const cases: { name: string; object: object; oldObject?: object; want: string }[] = [
    { name: 'registers itself', object: node({ 'kubernetes.io/hostname': 'one', 'node.kubernetes.io/anything': 'x', 'example.org/own': 'x' }), want: 'allow' },
    { name: 'may not register another', object: node({}, {}, 'two'), want: forbid('nodes "two"', 'node "one" is not allowed to modify node "two"') },
    {
      name: 'may not set labels that steer',
      object: node({ 'node-role.kubernetes.io/control-plane': '', 'x.node-restriction.kubernetes.io/y': '' }),
      want: forbid(
        'nodes "one"',
        'node "one" is not allowed to set the following labels: node-role.kubernetes.io/control-plane, x.node-restriction.kubernetes.io/y',
      ),
    },
    {
      name: 'may not change such labels',
      object: node({}),
      oldObject: node({ 'node-role.kubernetes.io/worker': '' }),
      want: forbid('nodes "one"', 'is not allowed to modify labels: node-role.kubernetes.io/worker'),
    },
    {
      name: 'may not change its taints',
      object: node({}, {}),
      oldObject: node({}, { taints: [{ key: 'a', effect: 'NoSchedule' }] }),
      want: forbid('nodes "one"', 'node "one" is not allowed to modify taints'),
    },
    {
      name: 'may not change its owners',
      object: node({}, {}, 'one', { ownerReferences: [{ kind: 'X' }] }),
      oldObject: node(),
      want: forbid('nodes "one"', 'node "one" is not allowed to modify ownerReferences'),
    },
    {
      name: 'may change the rest',
      object: node({ 'topology.kubernetes.io/zone': 'b' }, { unschedulable: true }),
      oldObject: node({ 'topology.kubernetes.io/zone': 'a' }),
      want: 'allow',
    },
  ];
  for (const { name, object, oldObject, want } of cases)
    it(name, async () => assert.equal(await judge(nodes, { object, ...(oldObject ? { oldObject } : {}) }), want));
});

describe('a node and tokens', () => {
  const reference = { apiVersion: 'v1', kind: 'Pod', name: 'mine', uid: 'pod-1' };
  const token = (boundObjectRef?: object, audiences: string[] = []): Given => ({
    object: { metadata: { namespace: 'default', name: 'web' }, spec: { audiences, boundObjectRef } },
    subresource: 'token',
  });
  const what = 'serviceaccounts "web"';
  const cases: { name: string; given: Given; want: string }[] = [
    { name: 'for its pod', given: token(reference), want: 'allow' },
    { name: 'for an audience of its pod', given: token(reference, ['vault']), want: 'allow' },
    { name: "for an audience of its pod's driver", given: token(reference, ['disks']), want: 'allow' },
    { name: 'for an audience it is granted', given: token(reference, ['granted']), want: 'allow' },
    {
      name: 'for an audience of nobody',
      given: token(reference, ['bank']),
      want: forbid(what, 'audience "bank" not found in pod spec volume, system:node:one is not authorized to request tokens for this audience'),
    },
    { name: 'for two audiences', given: token(reference, ['vault', 'disks']), want: forbid(what, 'node may only request 0 or 1 audiences') },
    { name: 'for no pod', given: token(), want: forbid(what, 'node requested token not bound to a pod') },
    { name: 'without uid', given: token({ ...reference, uid: undefined }), want: forbid(what, 'node requested token with a pod binding without a uid') },
    {
      name: 'for a replaced pod',
      given: token({ ...reference, uid: 'old' }),
      want: forbid(what, 'the UID in the bound object reference (old) does not match the UID in record. The object might have been deleted and then recreated'),
    },
    {
      name: "for another node's pod",
      given: token({ ...reference, name: 'theirs', uid: 'pod-2' }),
      want: forbid(what, 'node requested token bound to a pod scheduled on a different node'),
    },
  ];
  for (const { name, given, want } of cases) it(`are judged ${name}`, async () => assert.equal(await judge(serviceaccounts, given), want));
});

describe('a node and what else it has', () => {
  const lease = (name: string, namespace = 'kube-node-lease') => ({ metadata: { name, namespace } });
  const slice = (nodeName: string) => ({ metadata: { name: 's' }, spec: { nodeName } });
  const claim = (status: object, labels: object = {}) => ({ metadata: { namespace: 'default', name: 'data', labels }, spec: {}, status });
  const cases: { name: string; type: Parameters<typeof admissionRequest>[0]; given: Given; want: string }[] = [
    { name: 'its lease', type: leases, given: { object: lease('one') }, want: 'allow' },
    {
      name: 'another lease',
      type: leases,
      given: { object: lease('two') },
      want: forbid('leases.coordination.k8s.io "two"', 'can only access node lease with the same name as the requesting node'),
    },
    {
      name: 'a lease elsewhere',
      type: leases,
      given: { object: lease('one', 'default') },
      want: forbid('leases.coordination.k8s.io "one"', 'can only access leases in the "kube-node-lease" system namespace'),
    },
    { name: 'its CSINode', type: csinodes, given: { object: { metadata: { name: 'one' } } }, want: 'allow' },
    {
      name: 'another CSINode',
      type: csinodes,
      given: { oldObject: { metadata: { name: 'two' } } },
      want: forbid('csinodes.storage.k8s.io "two"', 'can only access CSINode with the same name as the requesting node'),
    },
    { name: 'its slice', type: resourceslices, given: { object: slice('one') }, want: 'allow' },
    {
      name: 'another slice',
      type: resourceslices,
      given: { oldObject: slice('two') },
      want: forbid('resourceslices.resource.k8s.io "s"', 'can only delete ResourceSlice with the same NodeName as the requesting node'),
    },
    {
      name: 'how far a volume grew',
      type: persistentvolumeclaims,
      given: { object: claim({ capacity: { storage: '2Gi' } }), oldObject: claim({}), subresource: 'status' },
      want: 'allow',
    },
    {
      name: 'a claim',
      type: persistentvolumeclaims,
      given: { object: claim({}), oldObject: claim({}) },
      want: forbid('persistentvolumeclaims "data"', 'may only update PVC status'),
    },
    { name: "a kind that is nobody's", type: configmaps, given: { object: { metadata: { name: 'x' } } }, want: 'allow' },
  ];
  for (const { name, type, given, want } of cases) it(`judges ${name}`, async () => assert.equal(await judge(type, given), want));

  it('refuses other changes of a claim', async () => {
    const want = forbid('persistentvolumeclaims "data"', 'node "one" is not allowed to update fields other than status.capacity and status.conditions');
    assert.equal(await judge(persistentvolumeclaims, { object: claim({}, { a: 'b' }), oldObject: claim({}), subresource: 'status' }), want);
  });

  it('refuses a node that cannot be told', async () =>
    assert.equal(
      await judge(leases, { object: lease('one'), user: { name: 'ann', groups: ['system:nodes'] } }),
      forbid('leases.coordination.k8s.io "one"', 'could not determine node from user "ann"'),
    ));
  it('leaves everyone else alone', async () =>
    assert.equal(await judge(leases, { object: lease('two'), user: { name: 'system:node:one', groups: [] } }), 'allow'));
});

describe('a node and certificates', () => {
  async function request(commonName: string): Promise<string> {
    const { Pkcs10CertificateRequestGenerator } = await loadX509();
    const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
    const made = await Pkcs10CertificateRequestGenerator.create({
      name: `O=system:nodes, CN=${commonName}`,
      keys,
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    });
    return Buffer.from(made.toString('pem')).toString('base64');
  }
  const kubelet = 'kubernetes.io/kube-apiserver-client-kubelet';
  const cases = [
    { name: 'its own', signerName: kubelet, commonName: 'system:node:one', want: 'allow' },
    { name: "another node's", signerName: kubelet, commonName: 'system:node:two', want: 'can only create a node CSR with CN=system:node:one' },
    {
      name: "another node's behind its own",
      signerName: kubelet,
      commonName: 'system:node:one, CN=system:node:two',
      want: 'can only create a node CSR with CN=system:node:one',
    },
    { name: "another signer's", signerName: 'example.org/signer', commonName: 'system:node:two', want: 'allow' },
    { name: 'nonsense', signerName: kubelet, commonName: undefined, want: 'unable to parse csr' },
  ];
  for (const { name, signerName, commonName, want } of cases) {
    it(`judges a request for ${name}`, async () => {
      const spec = { signerName, request: commonName === undefined ? 'bm9uc2Vuc2U=' : await request(commonName) };
      assert.equal(
        await judge(certificatesigningrequests, { object: { metadata: { name: 'csr' }, spec } }),
        want === 'allow' ? want : forbid('certificatesigningrequests.certificates.k8s.io "csr"', want),
      );
    });
  }
});

const sample: AdmissionRequest = admissionRequest(leases, { user, object: { metadata: { name: 'one', namespace: 'kube-node-lease' } } });
admissionConformance({ name: 'node-restriction', create: () => plugin, samples: [sample] });
