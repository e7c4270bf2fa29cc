import { after, before, describe } from 'node:test';
import { eventually, startTestCluster, type TestCluster } from '../../fixtures/cluster.ts';
import { annotateCases } from './cases/annotate.ts';
import { authorizationCases } from './cases/authorization.ts';
import { autoscaleCases } from './cases/autoscale.ts';
import { completionCases } from './cases/completion.ts';
import { configCases } from './cases/config.ts';
import { containerCases } from './cases/containers.ts';
import { createCases } from './cases/create.ts';
import { describeCases } from './cases/describe.ts';
import { eventsCases } from './cases/events.ts';
import { explainCases } from './cases/explain.ts';
import { exposeCases } from './cases/expose.ts';
import { getCases } from './cases/get.ts';
import { labelCases } from './cases/label.ts';
import { nodeCases } from './cases/nodes.ts';
import { patchCases } from './cases/patch.ts';
import { rolloutCases } from './cases/rollout.ts';
import { rootCases } from './cases/root.ts';
import { runCases } from './cases/run.ts';
import { setCases } from './cases/set.ts';
import { taintCases } from './cases/taint.ts';
import { topCases } from './cases/top.ts';
import { describedManifest } from './described-world.ts';
import { goldenTests } from './golden-harness.ts';
import { goldenFiles, worldManifest } from './golden-world.ts';

describe('wherry answers as kubectl does', () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster({ simulate: true, nodes: 3 });
    await cluster.mustKubectl(['apply', '-f', '-'], { input: worldManifest });
    await cluster.mustKubectl(['apply', '-f', '-'], { input: describedManifest });
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
  describe('describe', () => goldenTests(() => cluster, describeCases, goldenFiles));
  describe('events', () => goldenTests(() => cluster, eventsCases, goldenFiles));
  describe('explain', () => goldenTests(() => cluster, explainCases, goldenFiles));
  describe('top', () => goldenTests(() => cluster, topCases, goldenFiles));
  describe('authorization', () => goldenTests(() => cluster, authorizationCases, goldenFiles));
  describe('completion', () => goldenTests(() => cluster, completionCases, goldenFiles));
  describe('containers', () => goldenTests(() => cluster, containerCases, goldenFiles));
  describe('nodes', () => goldenTests(() => cluster, nodeCases, goldenFiles));
  describe('rollouts', () => goldenTests(() => cluster, rolloutCases, goldenFiles));
  describe('annotate', () => goldenTests(() => cluster, annotateCases, goldenFiles));
  describe('autoscale', () => goldenTests(() => cluster, autoscaleCases, goldenFiles));
  describe('create', () => goldenTests(() => cluster, createCases, goldenFiles));
  describe('expose', () => goldenTests(() => cluster, exposeCases, goldenFiles));
  describe('label', () => goldenTests(() => cluster, labelCases, goldenFiles));
  describe('patch', () => goldenTests(() => cluster, patchCases, goldenFiles));
  describe('run', () => goldenTests(() => cluster, runCases, goldenFiles));
  describe('set', () => goldenTests(() => cluster, setCases, goldenFiles));
  describe('taint', () => goldenTests(() => cluster, taintCases, goldenFiles));
});
