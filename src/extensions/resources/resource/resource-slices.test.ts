import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import { fieldErrorText } from '../../../api/status.ts';
import type { WriteContext } from '../../../extension-points/resources/contract.ts';
import { resourceSliceDefinition } from './resource-slices.ts';

const slices = resourceSliceDefinition();
const context: WriteContext = {
  ...{ operation: 'CREATE', user: { name: 'someone', groups: [] }, nowMs: Date.parse('2026-01-01T00:00:00Z') },
  ...{ dryRun: false, version: 'v1', subresource: '', key: { name: 's' } },
};
const slice = (spec: object): UntypedObject => ({
  metadata: { name: 's' },
  spec: { driver: 'gpu.example.com', nodeName: 'n', pool: { name: 'p', generation: 1, resourceSliceCount: 1 }, ...spec },
});
const device = (more: object = {}): object => ({ name: 'd', ...more });
const problems = (object: UntypedObject): string[] => (slices.validate?.(object, context) ?? []).map(fieldErrorText);
const places = '`nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection`';
const shared = (requestPolicy: object): object => ({
  devices: [device({ allowMultipleAllocations: true, capacity: { memory: { value: '8', requestPolicy } } })],
});

describe('resource slices', () => {
  const cases: { name: string; spec: object; want: string[] }[] = [
    {
      name: 'of one node are good',
      spec: { devices: [device({ attributes: { model: { string: 'x' }, 'a.io/v': { version: '1.2.3-rc.1' } }, capacity: { memory: { value: '1Gi' } } })] },
      want: [],
    },
    { name: 'may have nothing to offer', spec: {}, want: [] },
    { name: 'of counters are good', spec: { sharedCounters: [{ name: 'c', counters: { memory: { value: '8Gi' } } }] }, want: [] },
    { name: 'need a driver', spec: { driver: '' }, want: ['spec.driver: Required value'] },
    {
      name: 'need a pool',
      spec: { pool: { name: '', generation: -1, resourceSliceCount: 0 } },
      want: [
        'spec.pool.name: Required value',
        'spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero',
        'spec.pool.generation: Invalid value: -1: must be greater than or equal to zero',
      ],
    },
    { name: 'say for which nodes they are', spec: { nodeName: undefined }, want: [`spec: Required value: exactly one of ${places} is required`] },
    {
      name: 'say it once',
      spec: { allNodes: true },
      want: [`spec: Invalid value: "{\`nodeName\`, \`allNodes\`}": exactly one of ${places} is required, but multiple fields are set`],
    },
    {
      name: 'say it or leave it',
      spec: { nodeName: '', allNodes: false },
      want: [
        'spec.nodeName: Invalid value: "": must be either unset or set to a non-empty string',
        'spec.allNodes: Invalid value: false: must be either unset or set to true',
        `spec: Required value: exactly one of ${places} is required`,
      ],
    },
    {
      name: 'have counters or devices',
      spec: { devices: [device()], sharedCounters: [{ name: 'c', counters: { a: { value: '1' } } }] },
      want: ['spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed'],
    },
    { name: 'name each device once', spec: { devices: [device(), device()] }, want: ['spec.devices[1]: Duplicate value: "d"'] },
    {
      name: 'have no more devices than fit',
      spec: { devices: Array.from({ length: 129 }, (_, index) => ({ name: `d${index}` })) },
      want: ['spec.devices: Too many: 129: must have at most 128 items'],
    },
    {
      name: 'have fewer where devices are tainted',
      spec: {
        devices: Array.from({ length: 65 }, (_, index) => ({ name: `d${index}`, ...(index === 0 ? { taints: [{ key: 'k', effect: 'NoSchedule' }] } : {}) })),
      },
      want: ['spec.devices: Too many: 65: must have at most 64 items'],
    },
    {
      name: 'refuse attributes that have no value, two, or a bad one',
      spec: { devices: [device({ attributes: { none: {}, version: { version: '1.0' }, long: { string: 'x'.repeat(65) } } })] },
      want: [
        'spec.devices[0].attributes[none]: Invalid value: "": exactly one value must be specified',
        'spec.devices[0].attributes[version].version: Invalid value: "1.0": must be a string compatible with semver.org spec 2.0.0',
        'spec.devices[0].attributes[long].string: Too long: may not be more than 64 bytes',
      ],
    },
    {
      name: 'let devices choose nodes only when they say so',
      spec: { devices: [device({ nodeName: 'n' })] },
      want: [
        'spec.devices[0]: Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
      ],
    },
    {
      name: 'then want every device to choose',
      spec: { nodeName: undefined, perDeviceNodeSelection: true, devices: [device(), device({ name: 'e', allNodes: true })] },
      want: [
        'spec.devices[0]: Required value: exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
      ],
    },
    {
      name: 'have policies only for devices that are shared',
      spec: { devices: [device({ capacity: { memory: { value: '8', requestPolicy: { default: '1' } } } })] },
      want: ['spec.devices[0].capacity[memory].requestPolicy: Forbidden: allowMultipleAllocations must be true'],
    },
    { name: 'take policies with values', spec: shared({ default: '2', validValues: ['1', '2', '4'] }), want: [] },
    { name: 'take policies with ranges', spec: shared({ default: '2', validRange: { min: '2', max: '8', step: '2' } }), want: [] },
    {
      name: 'refuse values in disorder, without the default and beyond the capacity',
      spec: shared({ default: '3', validValues: ['4', '2', '16'] }),
      want: [
        'spec.devices[0].capacity[memory].requestPolicy.validValues[1]: Invalid value: "2": values must be sorted in ascending order',
        'spec.devices[0].capacity[memory].requestPolicy.validValues[2]: Invalid value: "16": option is larger than capacity value: 8',
        'spec.devices[0].capacity[memory].requestPolicy.validValues: Invalid value: "3": default value is not valid according to the requestPolicy',
      ],
    },
    {
      name: 'refuse ranges that do not hold together',
      spec: shared({ default: '1', validRange: { min: '2', max: '9', step: '2' } }),
      want: [
        'spec.devices[0].capacity[memory].requestPolicy.validRange.min: Invalid value: "1": default is less than min: 2',
        'spec.devices[0].capacity[memory].requestPolicy.validRange.max: Invalid value: "9": max is larger than capacity value: 8',
        'spec.devices[0].capacity[memory].requestPolicy.validRange.step: Invalid value: "1": value is not a multiple of a given step (2) from (2)',
        'spec.devices[0].capacity[memory].requestPolicy.validRange.step: Invalid value: "9": value is not a multiple of a given step (2) from (2)',
      ],
    },
    {
      name: 'refuse counters without amounts',
      spec: { sharedCounters: [{ name: 'c', counters: {} }] },
      want: ['spec.sharedCounters[0].counters: Required value'],
    },
    {
      name: 'refuse devices that take nothing from counters',
      spec: { devices: [device({ consumesCounters: [{ counterSet: 'c', counters: {} }] })] },
      want: ['spec.devices[0].consumesCounters[0].counters: Required value'],
    },
  ];
  for (const { name, spec, want } of cases) it(name, () => assert.deepEqual(problems(slice(spec)), want));

  it('note since when devices are tainted, and drop what is not served yet', () => {
    const draft = slice({
      devices: [{ name: 'd', taints: [{ key: 'k', effect: 'NoExecute' }], nodeAllocatableResourceMappings: { cpu: {} }, attributes: { a: { ints: [1] } } }],
    });
    slices.prepareForCreate?.(draft, context);
    assert.deepEqual((draft['spec'] as { devices: unknown }).devices, [
      { name: 'd', taints: [{ key: 'k', effect: 'NoExecute', timeAdded: '2026-01-01T00:00:00Z' }], attributes: { a: {} } },
    ]);
  });

  it('keep their driver, pool and node', () => {
    const changed = slice({ driver: 'other.example.com', nodeName: 'm', pool: { name: 'q', generation: 1, resourceSliceCount: 1 } });
    assert.deepEqual(
      (slices.validateUpdate?.(changed, slice({}), context) ?? []).map(({ path, detail }) => `${path}: ${detail}`),
      ['spec.pool.name: field is immutable', 'spec.driver: field is immutable', 'spec.nodeName: field is immutable'],
    );
  });

  it('can be selected by node and driver', () => {
    assert.deepEqual(slices.selectableFieldNames, ['spec.nodeName', 'spec.driver']);
    assert.deepEqual(slices.selectableFields?.(slice({ nodeName: undefined })), { 'spec.nodeName': '', 'spec.driver': 'gpu.example.com' });
  });
});
