import { join } from 'node:path';
import { describe } from 'node:test';
import { runtimeConformance, type RuntimeSubject } from '../../../extension-points/runtime/conformance.ts';
import { connectCri } from '../../../extension-points/runtime/cri.ts';
import { serveRuntime } from '../../../extension-points/runtime/serve.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import { silentLog } from '../../../kernel/log.ts';
import { skip, testContainerd } from './testing/test-containerd.ts';

const missing = { skip: { events: 'containerd 1.6 does not have GetContainerEvents' } };
const images = { image: 'busybox', missingImage: 'localhost:1/none:1' };

describe('with a real containerd', { skip }, () => {
  if (skip) return;
  runtimeConformance('containerd', async () => subject(false), missing);
  runtimeConformance('containerd behind a server of ours', async () => subject(true), missing);
});

async function subject(isServed: boolean): Promise<RuntimeSubject> {
  const stack = new DisposalStack();
  const { containerd, directory, cgroup } = stack.use(await testContainerd());
  const common = { ...images, cgroupParent: cgroup, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
  if (!isServed) return { runtime: containerd.runtime, ...common };
  const socket = join(directory, 'again.sock');
  stack.use(await serveRuntime(containerd.runtime, socket));
  return { runtime: stack.use(await connectCri({ endpoint: `unix://${socket}`, log: silentLog })), ...common };
}
