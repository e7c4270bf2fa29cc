import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { ContainerExtendedResourceRequest, PodSpec } from '../../../api/generated/core-v1.ts';
import { deviceclasses } from '../../../api/generated/resource-types.ts';
import type { DeviceRequest } from '../../../api/generated/resource-v1.ts';
import { ExtendedResourceClasses } from '../../../extension-points/scheduling/devices/extended-resource-classes.ts';
import { DeviceWorld, testDeviceClass } from '../../../extension-points/scheduling/devices/testing.ts';
import { requestsFor } from './extended-requests.ts';

/** What upstream (1.36) makes of pods that were put together by lot. */
interface UpstreamCase {
  readonly spec: PodSpec;
  readonly resources: readonly string[];
  readonly requests: readonly DeviceRequest[] | null;
  readonly mappings: readonly ContainerExtendedResourceRequest[] | null;
}

const cases = readFileSync(new URL('extended-requests.fixture.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as UpstreamCase);

describe('extended resources become the requests that upstream makes of them', async () => {
  await using world = new DeviceWorld();
  world.put(deviceclasses, testDeviceClass('class-a', { extendedResourceName: 'x.io/a' }), testDeviceClass('class-b', { extendedResourceName: 'x.io/b' }));
  const classes = new ExtendedResourceClasses(world.informers);
  await world.settled();
  for (const [index, { spec, resources, requests, mappings }] of cases.entries())
    it(`of pod ${index + 1}`, () => {
      const made = requestsFor({ metadata: { name: 'p' }, spec }, resources, classes);
      assert.deepEqual([made.requests, made.mappings], [requests ?? [], mappings ?? []]);
    });
});
