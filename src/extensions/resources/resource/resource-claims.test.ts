import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import { ApiError, fieldErrorText } from '../../../api/status.ts';
import type { ResourceServices, WriteContext } from '../../../extension-points/resources/contract.ts';
import { deviceClassDefinition } from './device-classes.ts';
import { resourceClaimDefinition, resourceClaimTemplateDefinition } from './resource-claims.ts';

const claims = resourceClaimDefinition();
const context = (operation: WriteContext['operation'] = 'CREATE', subresource = ''): WriteContext => ({
  operation,
  user: { name: 'someone', groups: [] },
  nowMs: 0,
  dryRun: false,
  version: 'v1',
  subresource,
  key: { namespace: 'default', name: 'claim' },
});
const claim = (devices: unknown, more: Record<string, unknown> = {}): UntypedObject => ({
  metadata: { name: 'claim', namespace: 'default' },
  spec: { devices },
  ...more,
});
const request = (exactly: Record<string, unknown> = {}): Record<string, unknown> => ({
  name: 'gpu',
  exactly: { deviceClassName: 'gpu.example.com', allocationMode: 'ExactCount', count: 1, ...exactly },
});
const costly = ['a', 'b', 'c', 'd'].reduceRight((inner, key) => `device.attributes["${key}"].all(${key}, ${inner})`, '"x" == a + b + c + d');
const texts = (object: UntypedObject): string[] => (claims.validate?.(object, context()) ?? []).map(fieldErrorText);

describe('resource claims', () => {
  it('get a mode and a count for every request and alternative', () => {
    const draft = claim({
      requests: [
        { name: 'a', exactly: { deviceClassName: 'c' } },
        {
          name: 'b',
          firstAvailable: [
            { name: 'x', deviceClassName: 'c' },
            { name: 'y', deviceClassName: 'c', allocationMode: 'All' },
          ],
        },
      ],
    });
    claims.applyDefaults?.(draft, 'v1');
    assert.deepEqual((draft['spec'] as { devices: unknown }).devices, {
      requests: [
        { name: 'a', exactly: { deviceClassName: 'c', allocationMode: 'ExactCount', count: 1 } },
        {
          name: 'b',
          firstAvailable: [
            { name: 'x', deviceClassName: 'c', allocationMode: 'ExactCount', count: 1 },
            { name: 'y', deviceClassName: 'c', allocationMode: 'All' },
          ],
        },
      ],
    });
  });

  const refused: { name: string; devices: unknown; want: string[] }[] = [
    { name: 'accepts one exact request', devices: { requests: [request()] }, want: [] },
    {
      name: 'wants one way to choose',
      devices: { requests: [{ name: 'gpu' }] },
      want: ['spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required'],
    },
    {
      name: 'wants a class',
      devices: { requests: [request({ deviceClassName: '' })] },
      want: ['spec.devices.requests[0].exactly.deviceClassName: Required value'],
    },
    {
      name: 'refuses a count of all devices',
      devices: { requests: [request({ allocationMode: 'All' })] },
      want: ["spec.devices.requests[0].exactly.count: Invalid value: 1: must not be specified when allocationMode is 'All'"],
    },
    { name: 'accepts a selector', devices: { requests: [request({ selectors: [{ cel: { expression: 'device.driver == "d"' } }] })] }, want: [] },
    {
      name: 'refuses a selector that is no question',
      devices: { requests: [request({ selectors: [{ cel: { expression: '1' } }, { cel: { expression: 'x' } }] })] },
      want: [
        'spec.devices.requests[0].exactly.selectors[0].cel.expression: Invalid value: "1": must evaluate to bool or the unknown type, not int',
        `spec.devices.requests[0].exactly.selectors[1].cel.expression: Invalid value: "x": compilation failed: ERROR: <input>:1:1: undeclared reference to 'x' (in container '')\n | x\n | ^`,
      ],
    },
    {
      name: 'refuses a selector that may take too long',
      devices: { requests: [request({ selectors: [{ cel: { expression: costly } }] })] },
      want: ['spec.devices.requests[0].exactly.selectors[0].cel.expression: Forbidden: too complex, exceeds cost limit'],
    },
    {
      name: 'refuses a negative count',
      devices: { requests: [request({ count: -1 })] },
      want: ['spec.devices.requests[0].exactly.count: Invalid value: -1: must be greater than zero'],
    },
    {
      name: 'refuses an unknown mode',
      devices: { requests: [request({ allocationMode: 'Some' })] },
      want: ['spec.devices.requests[0].exactly.allocationMode: Unsupported value: "Some": supported values: "All", "ExactCount"'],
    },
    { name: 'refuses two requests of one name', devices: { requests: [request(), request()] }, want: ['spec.devices.requests[1]: Duplicate value: "gpu"'] },
    {
      name: 'bounds the requests',
      devices: { requests: Array.from({ length: 33 }, (_, index) => ({ ...request(), name: `r${index}` })) },
      want: ['spec.devices.requests: Too many: 33: must have at most 32 items'],
    },
    {
      name: 'wants an expression in a selector',
      devices: { requests: [request({ selectors: [{}] })] },
      want: ['spec.devices.requests[0].exactly.selectors[0].cel: Required value'],
    },
    {
      name: 'wants names in constraints to exist',
      devices: { requests: [request()], constraints: [{ requests: ['nic'], matchAttribute: 'example.com/numa' }] },
      want: [
        'spec.devices.constraints[0].requests[0]: Invalid value: "nic": must be the name of a request in the claim or the name of a request and a subrequest separated by \'/\'',
      ],
    },
    {
      name: 'wants attributes with a domain',
      devices: { requests: [request()], constraints: [{ matchAttribute: 'numa' }] },
      want: ['spec.devices.constraints[0].matchAttribute: Invalid value: "numa": a fully qualified name must be a domain and a name separated by a slash'],
    },
    {
      name: 'wants parameters that are an object',
      devices: { requests: [request()], config: [{ opaque: { driver: 'gpu.example.com', parameters: [1] } }] },
      want: ['spec.devices.config[0].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object'],
    },
    {
      name: 'wants an operator in a toleration',
      devices: { requests: [request({ tolerations: [{ key: 'a' }] })] },
      want: ['spec.devices.requests[0].exactly.tolerations[0].operator: Required value'],
    },
  ];
  for (const { name, devices, want } of refused) it(name, () => assert.deepEqual(texts(claim(devices)), want));

  it('never change', () => {
    const errors = claims.validateUpdate?.(claim({ requests: [request()] }), claim({ requests: [] }), context('UPDATE')) ?? [];
    assert.deepEqual(
      errors.map(({ path, detail }) => [path, detail]),
      [['spec', 'field is immutable']],
    );
  });

  const states: { want: string; metadata?: Record<string, string>; status?: unknown }[] = [
    { want: 'pending' },
    { want: 'allocated', status: { allocation: {} } },
    { want: 'allocated,reserved', status: { allocation: {}, reservedFor: [{ uid: 'u' }] } },
    { want: 'deleted', metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } },
    { want: 'deleted,allocated', metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' }, status: { allocation: {} } },
  ];
  for (const { want, metadata = {}, status } of states) {
    it(`show that they are ${want}`, () => {
      const column = claims.versions[0]?.columns?.find(({ name }) => name === 'State');
      assert.equal(column?.cell({ metadata: { name: 'claim', ...metadata }, status }, 0), want);
    });
  }
});

describe('the status of resource claims', () => {
  const status = claims.subresources?.['status'];
  const result = { request: 'gpu', driver: 'gpu.example.com', pool: 'node-1', device: 'gpu-0' };
  const changed = (after: unknown, before: unknown = {}): string[] => {
    assert.equal(status?.kind, 'update');
    const [draft, old] = [claim({ requests: [request()] }, { status: after }), claim({ requests: [request()] }, { status: before })];
    return (status?.kind === 'update' ? (status.validateUpdate?.(draft, old, context('UPDATE', 'status')) ?? []) : []).map(fieldErrorText);
  };
  const cases: { name: string; after: unknown; before?: unknown; want: string[] }[] = [
    { name: 'takes an allocation', after: { allocation: { devices: { results: [result] } } }, want: [] },
    {
      name: 'wants results for requests of the claim',
      after: { allocation: { devices: { results: [{ ...result, request: 'nic' }] } } },
      want: [
        'status.allocation.devices.results[0].request: Invalid value: "nic": must be the name of a request in the claim or the name of a request and a subrequest separated by \'/\'',
      ],
    },
    {
      name: 'wants an allocation before reservations',
      after: { reservedFor: [{ resource: 'pods', name: 'p', uid: 'u' }] },
      want: ['status.reservedFor: Forbidden: may not be specified when `allocated` is not set'],
    },
    {
      name: 'wants consumers in full',
      after: { allocation: {}, reservedFor: [{ resource: 'pods', uid: 'u' }] },
      want: ['status.reservedFor[0].name: Required value'],
    },
    {
      name: 'knows only allocated devices',
      after: { allocation: { devices: { results: [result] } }, devices: [{ ...result, device: 'gpu-1' }] },
      want: ['status.devices[0]: Invalid value: "gpu.example.com/node-1/gpu-1": must be an allocated device in the claim'],
    },
  ];
  for (const { name, after, before, want } of cases) it(name, () => assert.deepEqual(changed(after, before), want));

  it('keeps an allocation as it is', () => {
    const errors = changed({ allocation: { devices: { results: [{ ...result, device: 'gpu-1' }] } } }, { allocation: { devices: { results: [result] } } });
    assert.match(errors.join(), /^status\.allocation: Invalid value: .*: field is immutable$/);
  });

  it('lets the status of devices go with the allocation', () => {
    const draft = claim({}, { status: { devices: [result] } });
    if (status?.kind === 'update')
      status.prepareForUpdate(draft, claim({}, { status: { allocation: { devices: { results: [result] } }, devices: [result] } }), context('UPDATE', 'status'));
    assert.deepEqual(draft['status'], {});
  });
});

describe('admin access', () => {
  const services = (labels: Record<string, string>): ResourceServices =>
    ({ get: () => ({ metadata: { name: 'default', labels } }) }) as unknown as ResourceServices;
  const draft = claim({ requests: [request({ adminAccess: true })] });
  it('is refused in ordinary namespaces', async () => {
    await assert.rejects(
      async () => claims.beforeCommit?.(draft, undefined, context(), services({})),
      (error) => error instanceof ApiError && error.code === 422 && error.message.includes('spec.devices.requests[0].adminAccess: Forbidden'),
    );
  });
  it('is given in labelled namespaces', async () => {
    await claims.beforeCommit?.(draft, undefined, context(), services({ 'resource.kubernetes.io/admin-access': 'true' }));
  });
});

it('templates of claims check the claim they hold', () => {
  const errors =
    resourceClaimTemplateDefinition().validate?.({ metadata: { name: 't' }, spec: { spec: { devices: { requests: [{ name: 'gpu' }] } } } }, context()) ?? [];
  assert.deepEqual(
    errors.map(({ path }) => path),
    ['spec.spec.devices.requests[0]'],
  );
});

it('templates of claims give them labels and annotations only', () => {
  const spec = { metadata: { labels: { 'bad key': 'x' }, name: 'n', finalizers: ['x.io/y'] }, spec: { devices: { requests: [request()] } } };
  const errors = resourceClaimTemplateDefinition().validate?.({ metadata: { name: 't' }, spec }, context()) ?? [];
  assert.deepEqual(
    errors.map(({ path, type, detail }) => (type === 'FieldValueForbidden' ? `${path}: ${detail}` : path)),
    ['spec.metadata.labels', 'spec.metadata.name: cannot be set', 'spec.metadata.finalizers: cannot be set'],
  );
});

describe('device classes', () => {
  for (const { name, isGood } of [
    { name: 'example.com/gpu', isGood: true },
    { name: 'gpu', isGood: false },
    { name: 'kubernetes.io/gpu', isGood: false },
    { name: 'requests.example.com/gpu', isGood: false },
  ]) {
    it(`${isGood ? 'accept' : 'refuse'} the extended resource ${name}`, () => {
      const errors = deviceClassDefinition().validate?.({ metadata: { name: 'c' }, spec: { extendedResourceName: name } }, context()) ?? [];
      assert.deepEqual(
        errors.map(fieldErrorText),
        isGood ? [] : [`spec.extendedResourceName: Invalid value: "${name}": must be a valid extended resource name`],
      );
    });
  }
});

describe('columns', () => {
  const wanted = [
    { definition: claims, names: ['Name', 'State', 'Age'] },
    { definition: resourceClaimTemplateDefinition(), names: ['Name', 'Age'] },
    { definition: deviceClassDefinition(), names: ['Name', 'Age'] },
  ];
  for (const { definition, names } of wanted)
    it(`of ${definition.resource} are upstream's`, () =>
      assert.deepEqual(
        definition.versions[0]?.columns?.map(({ name }) => name),
        names,
      ));
});
