import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { ListAndWatchResponseSchema } from '../../api/generated/device-plugin/device-plugin_pb.js';
import type { Device } from './contract.ts';
import { goStatusText } from './go-status.ts';
import { isDeviceResourceName } from './resource-name.ts';
import { DeviceListReader, devicesToWire, maximumDevices } from './wire.ts';

const bytesOf = (devices: readonly Device[]): Uint8Array => toBinary(ListAndWatchResponseSchema, create(ListAndWatchResponseSchema, devicesToWire(devices)));
const device = (id: string, health: Device['health'] = 'Healthy', numaNodes: readonly number[] = []): Device => ({ id, health, numaNodes });

describe('lists of devices', () => {
  it('arrive as they were sent, however they differ from those before', () => {
    const reader = new DeviceListReader();
    const lists = [
      [device('a'), device('b', 'Unhealthy', [0, 1])],
      [device('a', 'Unhealthy'), device('b', 'Unhealthy', [0, 1])],
      [device('b', 'Healthy', [2]), device('a')],
      [],
      [device('c')],
    ];
    for (const list of lists) assert.deepEqual(reader.read(bytesOf(list)), list);
  });

  it('keep the objects of devices that stay the same', () => {
    const reader = new DeviceListReader();
    const [first] = reader.read(bytesOf([device('a'), device('b')]));
    const [again, changed] = reader.read(bytesOf([device('a'), device('b', 'Unhealthy')]));
    assert.equal(again, first);
    assert.equal(changed!.health, 'Unhealthy');
  });

  it('take any word but Healthy for unhealthy', () => {
    const bytes = toBinary(ListAndWatchResponseSchema, create(ListAndWatchResponseSchema, { devices: [{ ID: 'a', health: 'Fine' }] }));
    assert.equal(new DeviceListReader().read(bytes)[0]!.health, 'Unhealthy');
  });

  it('leave out NUMA nodes whose numbers are beyond all bounds', () => {
    const topology = { nodes: [{ ID: 9_223_372_036_854_775_807n }, { ID: -1n }, { ID: 1n }] };
    const bytes = toBinary(ListAndWatchResponseSchema, create(ListAndWatchResponseSchema, { devices: [{ ID: 'a', health: 'Healthy', topology }] }));
    assert.deepEqual(new DeviceListReader().read(bytes), [device('a', 'Healthy', [-1, 1])]);
  });

  it('are refused when one device is described at great length', () => {
    const near = device(
      'a',
      'Healthy',
      Array.from({ length: 2_000 }, (_, node) => node),
    );
    assert.throws(() => new DeviceListReader().read(bytesOf([near])), /the device plugin describes a device in \d+ bytes; 4096 are the most/);
  });

  it('are refused when they are malformed or beyond all bounds', () => {
    const read = (bytes: Uint8Array) => () => new DeviceListReader().read(bytes);
    assert.throws(read(new Uint8Array([0x0a, 0xff, 0x01])));
    assert.throws(read(bytesOf([device('')])), /id is empty/);
    assert.throws(read(bytesOf([device('x'.repeat(254))])), /longer than 253 bytes/);
    assert.throws(read(bytesOf(Array.from({ length: maximumDevices + 1 }, (_, index) => device(String(index))))), /65536 are the most/);
  });
});

describe('names of resources', () => {
  const cases: [string, boolean][] = [
    ['example.com/gpu', true],
    ['nvidia.com/mig-1g.10gb', true],
    ['cpu', false],
    ['kubernetes.io/gpu', false],
    ['a.kubernetes.io/gpu', false],
    ['requests.example.com/gpu', false],
    ['example.com/', false],
    ['Example.com/gpu', false],
    [`${'x'.repeat(250)}/gpu`, false],
    ['a/b/c', false],
    ['', false],
  ];
  for (const [name, want] of cases) it(`${name.slice(0, 40)}: ${want}`, () => assert.equal(isDeviceResourceName(name), want));
});

describe('gRPC errors as Go prints them', () => {
  it('name the code and what was said', () => {
    assert.equal(
      goStatusText(Object.assign(new Error('2 UNKNOWN: too large'), { code: 2, details: 'too large' })),
      'rpc error: code = Unknown desc = too large',
    );
    assert.equal(goStatusText(new Error('x', { cause: { code: 7, details: 'no' } })), 'rpc error: code = PermissionDenied desc = no');
    assert.equal(goStatusText(new Error('x', { cause: { code: 99, details: 'no' } })), 'rpc error: code = Code(99) desc = no');
    assert.equal(goStatusText(new Error('plain')), 'plain');
  });
});
