import { after, before, describe } from 'node:test';
import { eventually, startTestCluster, type TestCluster } from '../../fixtures/cluster.ts';
import { configCases } from './cases/config.ts';
import { getCases } from './cases/get.ts';
import { rootCases } from './cases/root.ts';
import { goldenTests } from './golden-harness.ts';
import { goldenFiles, worldManifest } from './golden-world.ts';

describe('wherry answers as kubectl does', () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster({ simulate: true, nodes: 3 });
    await cluster.mustKubectl(['apply', '-f', '-'], { input: worldManifest });
    await cluster.mustKubectl(['-n', 'golden', 'rollout', 'status', 'deployment/web', '--timeout=120s']);
    // Service accounts and the like come by themselves; both programs must find the same.
    await eventually(async () => cluster.mustKubectl(['-n', 'empty', 'get', 'serviceaccount/default', 'configmap/kube-root-ca.crt']));
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  describe('at the root', () => goldenTests(() => cluster, rootCases, goldenFiles));
  describe('get', () => goldenTests(() => cluster, getCases, goldenFiles));
  describe('config', () => goldenTests(() => cluster, configCases, goldenFiles));
});
