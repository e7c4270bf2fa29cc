import { describe } from 'node:test';
import { runtimeConformance } from '../../../extension-points/runtime/conformance.ts';
import { skip, testContainerd } from './testing/test-containerd.ts';

describe('with a real containerd', { skip }, () => {
  if (skip) return;
  runtimeConformance(
    'containerd',
    async () => {
      const subject = await testContainerd();
      const {
        containerd: { runtime },
        cgroup: cgroupParent,
      } = subject;
      return { runtime, image: 'busybox', missingImage: 'localhost:1/none:1', cgroupParent, [Symbol.asyncDispose]: () => subject[Symbol.asyncDispose]() };
    },
    { skip: { events: 'containerd 1.6 does not have GetContainerEvents' } },
  );
});
