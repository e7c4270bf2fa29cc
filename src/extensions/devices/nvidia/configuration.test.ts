import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readNvidiaConfiguration } from './configuration.ts';

describe("the configuration of NVIDIA's plugin", () => {
  it('is all defaults when it is empty', () => {
    assert.deepEqual(readNvidiaConfiguration(''), {
      migStrategy: 'none',
      failOnInitError: true,
      driverRoot: '/',
      deviceRoot: '/',
      gdsEnabled: false,
      mofedEnabled: false,
      passDeviceSpecs: true,
      deviceListStrategies: ['envvar'],
      deviceIdStrategy: 'uuid',
      cdiAnnotationPrefix: 'cdi.k8s.io/',
      timeSlicing: { failRequestsGreaterThanOne: false, resources: [] },
    });
  });

  it('is read as NVIDIA documents it', () => {
    const configuration = readNvidiaConfiguration(`
version: v1
flags:
  migStrategy: "mixed"
  failOnInitError: false
  nvidiaDriverRoot: "/run/nvidia/driver"
  plugin:
    passDeviceSpecs: false
    deviceListStrategy: ["envvar", "cdi-cri"]
    deviceIDStrategy: "index"
  gfd:
    oneshot: false
sharing:
  timeSlicing:
    renameByDefault: true
    resources:
    - name: nvidia.com/gpu
      replicas: 10
    - name: mig-1g.5gb
      replicas: 2
      devices: all
`);
    assert.deepEqual([configuration.driverRoot, configuration.deviceRoot], ['/run/nvidia/driver', '/run/nvidia/driver']);
    assert.deepEqual(configuration.deviceListStrategies, ['envvar', 'cdi-cri']);
    assert.deepEqual(configuration.timeSlicing.resources, [
      { name: 'nvidia.com/gpu', offeredAs: 'nvidia.com/gpu.shared', replicas: 10 },
      { name: 'nvidia.com/mig-1g.5gb', offeredAs: 'nvidia.com/mig-1g.5gb.shared', replicas: 2 },
    ]);
  });

  for (const { text, message } of [
    { text: 'version: v2', message: 'unknown version: v2' },
    { text: 'sharing: {timeSlicing: {}}', message: 'no resources specified' },
    { text: 'sharing: {timeSlicing: {resources: [{replicas: 2}]}}', message: 'no resource name specified' },
    { text: 'sharing: {timeSlicing: {resources: [{name: gpu}]}}', message: 'no replicas specified' },
    { text: 'sharing: {timeSlicing: {resources: [{name: gpu, replicas: 1}]}}', message: 'number of replicas must be >= 2' },
    { text: 'sharing: {timeSlicing: {resources: [{name: "GPU!", replicas: 2}]}}', message: "incorrect format for resource name 'GPU!'" },
    { text: 'flags: {plugin: {deviceListStrategy: telepathy}}', message: 'invalid strategy: telepathy' },
    { text: 'flags: {migStrategy: both}', message: 'flags.migStrategy: "both" is not one of none, single, mixed' },
    { text: 'flags: {plugin: {passDeviceSpec: true}}', message: 'unknown field "flags.plugin.passDeviceSpec"' },
    { text: 'sharing: {timeslicing: {}}', message: 'unknown field "sharing.timeslicing"' },
    { text: 'resources: {gpus: [{name: gpu}]}', message: "resources must have a 'pattern' field set" },
    { text: '- v1', message: 'the file: an object is expected' },
  ])
    it(`says what is wrong with ${text}`, () => assert.throws(() => readNvidiaConfiguration(text), { message }));

  it('says which wishes need the plugin of NVIDIA itself', () => {
    assert.throws(() => readNvidiaConfiguration('sharing: {mps: {resources: [{name: gpu, replicas: 2}]}}'), /^Error: sharing\.mps: /);
    assert.throws(() => readNvidiaConfiguration('imex: {channelIDs: [0]}'), /^Error: imex\.channelIDs: /);
  });
});
