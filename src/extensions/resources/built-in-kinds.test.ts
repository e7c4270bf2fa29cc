import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../api/object.ts';
import { fieldErrorText } from '../../api/status.ts';
import type { ResourceDefinition, ResourceServices, WriteContext } from '../../extension-points/resources/contract.ts';
import { builtInResources } from './index.ts';

const definitions = builtInResources();
const definitionOf = (resource: string): ResourceDefinition => definitions.find((definition) => definition.resource === resource) ?? assert.fail(resource);
const context = (more: Partial<WriteContext> = {}): WriteContext =>
  ({ operation: 'CREATE', user: { name: 'alice', uid: 'u1', groups: ['dev'], extra: { scope: ['x'] } }, nowMs: 0, dryRun: false, version: 'v1', subresource: '', key: { name: 'x' }, ...more });
const named = (name: string, rest: Record<string, unknown>): UntypedObject => ({ metadata: { name }, ...rest });
const texts = (resource: string, object: UntypedObject): string[] => (definitionOf(resource).validate?.(object, context()) ?? []).map(fieldErrorText);
const cells = (resource: string, object: UntypedObject): Record<string, unknown> =>
  Object.fromEntries((definitionOf(resource).versions[0]?.columns ?? []).map(({ name, cell }) => [name, cell(object, 0)]));

describe('columns', () => {
  const wanted: Record<string, string[]> = {
    flowschemas: ['Name', 'PriorityLevel', 'MatchingPrecedence', 'DistinguisherMethod', 'Age', 'MissingPL'],
    prioritylevelconfigurations: ['Name', 'Type', 'NominalConcurrencyShares', 'Queues', 'HandSize', 'QueueLengthLimit', 'Age'],
    endpointslices: ['Name', 'AddressType', 'Ports', 'Endpoints', 'Age'],
    certificatesigningrequests: ['Name', 'Age', 'SignerName', 'Requestor', 'RequestedDuration', 'Condition'],
    apiservices: ['Name', 'Service', 'Available', 'Age'],
    customresourcedefinitions: ['Name', 'Created At'],
    validatingwebhookconfigurations: ['Name', 'Webhooks', 'Age'],
    mutatingwebhookconfigurations: ['Name', 'Webhooks', 'Age'],
    validatingadmissionpolicies: ['Name', 'Validations', 'ParamKind', 'Age'],
    validatingadmissionpolicybindings: ['Name', 'PolicyName', 'ParamRef', 'Age'],
    mutatingadmissionpolicies: ['Name', 'Mutations', 'ParamKind', 'Age'],
    mutatingadmissionpolicybindings: ['Name', 'PolicyName', 'ParamRef', 'Age'],
    deviceclasses: ['Name', 'Age'], resourceclaims: ['Name', 'State', 'Age'], resourceclaimtemplates: ['Name', 'Age'], resourceslices: ['Name', 'Node', 'Driver', 'Pool', 'Age'],
  };
  for (const [resource, names] of Object.entries(wanted)) it(`of ${resource} are upstream's`, () => assert.deepEqual(Object.keys(cells(resource, named('x', {}))), names));

  const rows: { name: string; resource: string; object: UntypedObject; want: Record<string, unknown> }[] = [
    { name: 'a local API service', resource: 'apiservices', object: named('v1.a.io', { spec: {}, status: { conditions: [{ type: 'Available', status: 'True' }] } }), want: { Service: 'Local', Available: 'True' } },
    { name: 'an API service that is down', resource: 'apiservices', object: named('v1.a.io', { spec: { service: { namespace: 'n', name: 's' } }, status: { conditions: [{ type: 'Available', status: 'False', reason: 'MissingEndpoints' }] } }), want: { Service: 'n/s', Available: 'False (MissingEndpoints)' } },
    { name: 'a request that was approved and signed', resource: 'certificatesigningrequests', object: named('c', { spec: { expirationSeconds: 3600 }, status: { conditions: [{ type: 'Approved', status: 'True' }], certificate: 'YQ==' } }), want: { RequestedDuration: '60m', Condition: 'Approved,Issued' } },
    { name: 'a request that waits', resource: 'certificatesigningrequests', object: named('c', {}), want: { RequestedDuration: '<none>', Condition: 'Pending' } },
    { name: 'a flow schema whose level is missing', resource: 'flowschemas', object: named('f', { status: { conditions: [{ type: 'Dangling', status: 'True' }] } }), want: { DistinguisherMethod: '<none>', MissingPL: 'True' } },
  ];
  for (const { name, resource, object, want } of rows) it(`show ${name}`, () => assert.deepEqual({ ...cells(resource, object), ...want }, cells(resource, object)));
});

describe('defaults', () => {
  const service = { name: 's', namespace: 'n' };
  const cases: { name: string; resource: string; given: Record<string, unknown>; want: Record<string, unknown> }[] = [
    {
      name: 'a mutating webhook', resource: 'mutatingwebhookconfigurations', given: { webhooks: [{ name: 'a.b.c', clientConfig: { service }, rules: [{}] }] },
      want: { webhooks: [{ name: 'a.b.c', clientConfig: { service: { ...service, port: 443 } }, rules: [{ scope: '*' }], failurePolicy: 'Fail', matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {}, timeoutSeconds: 10, reinvocationPolicy: 'Never' }] },
    },
    { name: 'an API service', resource: 'apiservices', given: { spec: { service } }, want: { spec: { service: { ...service, port: 443 } } } },
    { name: 'a flow schema', resource: 'flowschemas', given: { spec: {} }, want: { spec: { matchingPrecedence: 1000 } } },
    { name: 'queues', resource: 'prioritylevelconfigurations', given: { spec: { type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing: {} } } } }, want: { spec: { type: 'Limited', limited: { nominalConcurrencyShares: 30, lendablePercent: 0, limitResponse: { type: 'Queue', queuing: { handSize: 8, queues: 64, queueLengthLimit: 50 } } } } } },
  ];
  for (const { name, resource, given, want } of cases) {
    it(`fill ${name}`, () => {
      const draft = named('x', structuredClone(given));
      definitionOf(resource).applyDefaults?.(draft, 'v1');
      assert.deepEqual(draft, named('x', want));
    });
  }
  it('fill the names of a custom resource definition', () => {
    const draft = named('as.b.io', { spec: { scope: 'Cluster', names: { plural: 'as', kind: 'Aa' } } });
    definitionOf('customresourcedefinitions').applyDefaults?.(draft, 'v1');
    assert.deepEqual(draft['spec'], { scope: 'Cluster', names: { plural: 'as', kind: 'Aa', singular: 'aa', listKind: 'AaList' }, conversion: { strategy: 'None' } });
  });
});

describe('validation', () => {
  const webhook = { name: 'a.example.com', clientConfig: { url: 'https://example.com/a' }, sideEffects: 'None', admissionReviewVersions: ['v1'] };
  const webhooks = (...changes: Record<string, unknown>[]): UntypedObject => named('w', { webhooks: changes.map((change) => ({ ...webhook, ...change })) });
  const apiService = (spec: Record<string, unknown>): UntypedObject => named('v1.a.io', { spec: { group: 'a.io', version: 'v1', groupPriorityMinimum: 100, versionPriority: 10, ...spec } });
  const versions = (...storage: boolean[]): unknown[] => storage.map((isStored, index) => ({ name: `v${index + 1}`, served: true, storage: isStored, schema: { openAPIV3Schema: { type: 'object' } } }));
  const definition = (name: string, more: Record<string, unknown> = {}): UntypedObject =>
    named(name, { spec: { group: 'b.io', scope: 'Cluster', names: { plural: 'as', singular: 'a', kind: 'A', listKind: 'AList' }, conversion: { strategy: 'None' }, versions: versions(true), ...more } });
  const cases: { name: string; resource: string; object: UntypedObject; want: (string | RegExp)[] }[] = [
    { name: 'accepts a webhook', resource: 'validatingwebhookconfigurations', object: webhooks({}), want: [] },
    { name: 'wants three segments in the name of a webhook', resource: 'validatingwebhookconfigurations', object: webhooks({ name: 'a.b' }), want: ['webhooks[0].name: Invalid value: "a.b": should be a domain with at least three segments separated by dots'] },
    { name: 'wants each webhook once', resource: 'validatingwebhookconfigurations', object: webhooks({}, {}), want: ['webhooks[1].name: Duplicate value: "a.example.com"'] },
    { name: 'refuses side effects', resource: 'validatingwebhookconfigurations', object: webhooks({ sideEffects: 'Some' }), want: ['webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"'] },
    { name: 'bounds the timeout', resource: 'mutatingwebhookconfigurations', object: webhooks({ timeoutSeconds: 31 }), want: ['webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds'] },
    { name: 'wants one way to reach a webhook', resource: 'mutatingwebhookconfigurations', object: webhooks({ clientConfig: {} }), want: ['webhooks[0].clientConfig: Required value: exactly one of url or service is required'] },
    { name: 'accepts an API service', resource: 'apiservices', object: apiService({}), want: [] },
    { name: 'bounds the priority of a version', resource: 'apiservices', object: apiService({ versionPriority: 1001 }), want: ['spec.versionPriority: Invalid value: 1001: must be positive and less than 1000'] },
    { name: 'wants version.group as the name', resource: 'apiservices', object: apiService({ version: 'v2' }), want: [/^metadata\.name: Invalid value: "v1\.a\.io": must be `spec\.version\+"\."\+spec\.group`/] },
    { name: 'accepts a custom resource definition', resource: 'customresourcedefinitions', object: definition('as.b.io'), want: [] },
    { name: 'wants plural.group as the name', resource: 'customresourcedefinitions', object: definition('as.c.io'), want: ['metadata.name: Invalid value: "as.c.io": must be spec.names.plural+"."+spec.group'] },
    { name: 'wants one storage version', resource: 'customresourcedefinitions', object: definition('as.b.io', { versions: versions(true, true) }), want: [/^spec\.versions: Invalid value: .*: must have exactly one version marked as storage version$/] },
    { name: 'reserves the first precedence', resource: 'flowschemas', object: named('f', { spec: { matchingPrecedence: 1, priorityLevelConfiguration: { name: 'l' } } }), want: ["spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1"] },
    { name: 'wants a priority level', resource: 'flowschemas', object: named('f', { spec: { matchingPrecedence: 9 } }), want: ['spec.priorityLevelConfiguration.name: Required value: must reference a priority level'] },
    { name: 'wants limits of a limited level', resource: 'prioritylevelconfigurations', object: named('p', { spec: { type: 'Limited' } }), want: ['spec.limited: Required value: must not be empty when type is Limited'] },
    { name: 'wants each port of an endpoint slice once', resource: 'endpointslices', object: named('e', { addressType: 'IPv4', ports: [{ name: 'a', protocol: 'TCP' }, { name: 'a', protocol: 'TCP' }] }), want: ['ports[1].name: Duplicate value: "a"'] },
  ];
  for (const { name, resource, object, want } of cases) {
    it(name, () => {
      const found = texts(resource, object);
      assert.equal(found.length, want.length, found.join('\n'));
      for (const [index, text] of want.entries()) typeof text === 'string' ? assert.equal(found[index], text) : assert.match(found[index] ?? '', text);
    });
  }
});

describe('certificate requests', () => {
  const requests = definitionOf('certificatesigningrequests');
  it('are stamped with who asks, whatever the client says', () => {
    const draft = named('c', { spec: { username: 'root', groups: ['system:masters'], signerName: 'example.com/a' } });
    requests.prepareForCreate?.(draft, context());
    assert.deepEqual(draft['spec'], { signerName: 'example.com/a', username: 'alice', uid: 'u1', groups: ['dev'], extra: { scope: ['x'] } });
  });
  it('can be selected by signer', () => assert.equal(requests.selectableFields?.(named('c', { spec: { signerName: 'example.com/a' } }))['spec.signerName'], 'example.com/a'));
  it('want at least ten minutes', () => {
    assert.ok(texts('certificatesigningrequests', named('c', { spec: { expirationSeconds: 599 } })).includes('spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)'));
  });
});

describe('reviews', () => {
  const attributes = { resourceAttributes: { namespace: 'default', verb: 'get', resource: 'pods' } };
  const asked: { resource: string; service: string; spec: Record<string, unknown> }[] = [
    { resource: 'tokenreviews', service: 'token-review', spec: { token: 't' } },
    { resource: 'selfsubjectreviews', service: 'self-subject-review', spec: {} },
    { resource: 'subjectaccessreviews', service: 'subject-access-review', spec: { ...attributes, user: 'u' } },
    { resource: 'localsubjectaccessreviews', service: 'local-subject-access-review', spec: { ...attributes, user: 'u' } },
    { resource: 'selfsubjectaccessreviews', service: 'self-subject-access-review', spec: attributes },
    { resource: 'selfsubjectrulesreviews', service: 'self-subject-rules-review', spec: { namespace: 'default' } },
  ];
  for (const { resource, service, spec } of asked) {
    it(`of ${resource} are answered by ${service}`, async () => {
      const names: string[] = [];
      const services = { service: (name: string) => (names.push(name), async (draft: UntypedObject) => ({ ...draft, status: 'answered' })) } as unknown as ResourceServices;
      const answer = await definitionOf(resource).review?.({ metadata: { namespace: 'default' }, spec }, context(), services);
      assert.deepEqual([answer?.['status'], names], ['answered', [service]]);
    });
  }
});
