import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { canRunContainers } from '../fixtures/cluster.ts';
import { testImages } from '../fixtures/images/index.ts';
import { run } from '../fixtures/run.ts';
import { type BuiltPlugins, buildPlugins } from './devices/build-plugins.ts';

const directory = join(import.meta.dirname, 'devices');
/** Most of it goes into building other people's programs for the first time. */
const patienceMs = 1_800_000;

it('stock device plugins run unmodified: one of Kubernetes, one for any device, and that of NVIDIA', {
  skip: canRunContainers ? false : 'needs root, containerd, runc and the CNI plugins',
  timeout: patienceMs,
}, async (test) => {
  const built = mkdtempSync(join(tmpdir(), 'wherry-plugins-'));
  try {
    const { environment, missing }: BuiltPlugins = await buildPlugins(built);
    for (const reason of missing) test.diagnostic(`skipped: ${reason}`);
    const [image] = await testImages('busybox');
    const { code, stdout, stderr } = await run('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', privateMachine], {
      // Or the test inside takes itself for a part of this one.
      environment: { ...process.env, NODE_TEST_CONTEXT: undefined, ...environment, WHERRY_TEST_IMAGE: image, WHERRY_TEST_NODE: process.execPath },
      cwd: directory,
      timeoutMs: patienceMs,
    });
    assert.equal(code, 0, `${stdout}\n${stderr}`);
  } finally {
    rmSync(built, { recursive: true });
  }
});

/** These plugins know one place, /var/lib/kubelet. Here it is one that only this test sees, and so is /var/run/cdi: the machine is left as it was. */
const privateMachine = `
set -e
mount -t tmpfs tmpfs /var
mkdir -p /var/lib/kubelet /var/log /var/tmp /var/cache /var/run/cdi
exec "$WHERRY_TEST_NODE" --test --test-reporter=spec stock-plugins.ts
`;
