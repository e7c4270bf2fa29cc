import { after, before, describe } from 'node:test';
import { eventually, startTestCluster, type TestCluster } from '../../fixtures/cluster.ts';
import type { GoldenCase } from './golden-case.ts';
import { goldenTests } from './tmp-harness.ts';
import { goldenFiles, worldManifest } from './golden-world.ts';

/** Runs cases by name of their group on one cluster of their own, which holds the common world and what `manifests` adds. */
export function goldenSuite(name: string, groups: Readonly<Record<string, readonly GoldenCase[]>>, manifests: readonly string[] = []): void {
  describe(`wherry answers as kubectl does: ${name}`, () => {
    let cluster: TestCluster;
    before(async () => {
      cluster = await startTestCluster({ simulate: true, nodes: 3 });
      for (const input of [worldManifest, ...manifests]) await cluster.mustKubectl(['apply', '-f', '-'], { input });
      await cluster.mustKubectl(['-n', 'golden', 'rollout', 'status', 'deployment/web', '--timeout=120s']);
      // Service accounts and the like come by themselves; both programs must find the same.
      await eventually(async () => cluster.mustKubectl(['-n', 'empty', 'get', 'serviceaccount/default', 'configmap/kube-root-ca.crt']));
    });
    after(async () => {
      await cluster?.[Symbol.asyncDispose]();
    });
    for (const [group, cases] of Object.entries(groups)) describe(group, () => goldenTests(() => cluster, cases, goldenFiles));
  });
}
