import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { catalogue } from '../../api/catalogue.ts';
import type { UntypedObject } from '../../api/object.ts';
import { testResourceDefinition } from '../../extension-points/resources/conformance.ts';
import { builtInResources } from './index.ts';

const labels = { app: 'web' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] } };
const jobTemplate = { spec: { restartPolicy: 'Never', containers: [{ name: 'work', image: 'busybox' }] } };
const metadata = { name: 'example', namespace: 'default', uid: '11111111-1111-1111-1111-111111111111' };
const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const webhooks = [
  {
    name: 'a.example.com',
    clientConfig: { url: 'https://example.com' },
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }],
  },
];

/** Good objects, by group and resource. Kinds without an entry are tested without one. */
const examples: Readonly<Record<string, UntypedObject>> = {
  '/pods': { metadata, spec: { containers: [{ name: 'web', image: 'nginx' }] } },
  '/services': { metadata, spec: { selector: labels, ports: [{ port: 80 }] } },
  '/configmaps': { metadata, data: { key: 'value' } },
  '/secrets': { metadata, stringData: { password: 'x' } },
  '/namespaces': { metadata: { name: 'example' } },
  '/nodes': { metadata: { name: 'example' }, status: { capacity: { cpu: '4', 'nvidia.com/gpu': '8' } } },
  '/serviceaccounts': { metadata },
  '/persistentvolumeclaims': { metadata, spec: claim },
  '/persistentvolumes': { metadata: { name: 'example' }, spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/data' } } },
  '/replicationcontrollers': { metadata, spec: { template } },
  '/resourcequotas': { metadata, spec: { hard: { pods: '10', 'requests.cpu': '4' } } },
  '/limitranges': { metadata, spec: { limits: [{ type: 'Container', default: { cpu: '1' } }] } },
  '/events': { metadata, involvedObject: { kind: 'Pod', name: 'web', namespace: 'default' }, reason: 'Started' },
  'apps/deployments': { metadata, spec: { selector: { matchLabels: labels }, template } },
  'apps/replicasets': { metadata, spec: { selector: { matchLabels: labels }, template } },
  'apps/daemonsets': { metadata, spec: { selector: { matchLabels: labels }, template } },
  'apps/statefulsets': {
    metadata,
    spec: { selector: { matchLabels: labels }, serviceName: 'web', template, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim }] },
  },
  'batch/jobs': { metadata, spec: { template: jobTemplate } },
  'batch/cronjobs': { metadata, spec: { schedule: '*/5 * * * mon-fri', timeZone: 'Europe/Paris', jobTemplate: { spec: { template: jobTemplate } } } },
  'autoscaling/horizontalpodautoscalers': {
    apiVersion: 'autoscaling/v2',
    metadata,
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, maxReplicas: 3 },
  },
  'networking.k8s.io/ingresses': {
    metadata,
    spec: {
      rules: [{ host: 'example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }] } }],
    },
  },
  'networking.k8s.io/networkpolicies': {
    metadata,
    spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }] }] },
  },
  'policy/poddisruptionbudgets': { metadata, spec: { minAvailable: '50%', selector: { matchLabels: labels } } },
  'rbac.authorization.k8s.io/roles': { metadata, rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] },
  'rbac.authorization.k8s.io/rolebindings': {
    metadata,
    roleRef: { kind: 'Role', name: 'reader' },
    subjects: [
      { kind: 'User', name: 'ann' },
      { kind: 'ServiceAccount', name: 'sa', namespace: 'default' },
    ],
  },
  'scheduling.k8s.io/priorityclasses': { metadata: { name: 'high' }, value: 1000 },
  'coordination.k8s.io/leases': { metadata, spec: { holderIdentity: 'a', leaseDurationSeconds: 15 } },
  'node.k8s.io/runtimeclasses': { metadata: { name: 'gvisor' }, handler: 'runsc' },
  'storage.k8s.io/storageclasses': { metadata: { name: 'fast' }, provisioner: 'example.com/disk' },
  'storage.k8s.io/csidrivers': { metadata: { name: 'disk.example.com' }, spec: {} },
  'discovery.k8s.io/endpointslices': { metadata, addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }], ports: [{ port: 80 }] },
  'admissionregistration.k8s.io/validatingwebhookconfigurations': { metadata: { name: 'example' }, webhooks },
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': { metadata: { name: 'example' }, webhooks },
  'apiregistration.k8s.io/apiservices': {
    metadata: { name: 'v1.example.com' },
    spec: { group: 'example.com', version: 'v1', groupPriorityMinimum: 100, versionPriority: 10, service: { name: 'api', namespace: 'default' } },
  },
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations': {
    metadata: { name: 'example' },
    spec: { type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing: {} } } },
  },
  'apiextensions.k8s.io/customresourcedefinitions': {
    metadata: { name: 'ships.example.com' },
    spec: {
      group: 'example.com',
      names: { plural: 'ships', kind: 'Ship' },
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  },
};

describe('built-in resources', () => {
  it('cover the catalogue, each once', () => {
    const served = builtInResources().flatMap((definition) =>
      definition.versions.map((version) => `${definition.group}/${version.name}/${definition.resource}`),
    );
    assert.deepEqual(served.sort(), catalogue.map((entry) => `${entry.group}/${entry.version}/${entry.resource}`).sort());
  });

  it('have the sub-resources of the catalogue', () => {
    for (const definition of builtInResources()) {
      const entry = catalogue.find((candidate) => candidate.group === definition.group && candidate.resource === definition.resource);
      assert.deepEqual(Object.keys(definition.subresources ?? {}).sort(), [...(entry?.subresources ?? [])].sort(), definition.resource);
    }
  });
});

for (const [index, { group, resource }] of builtInResources().entries()) {
  const make = (): ReturnType<typeof builtInResources>[number] => {
    const definition = builtInResources()[index];
    assert.ok(definition);
    return definition;
  };
  testResourceDefinition(make, examples[`${group}/${resource}`]);
}
