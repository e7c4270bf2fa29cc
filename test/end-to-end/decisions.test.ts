import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Pod } from '../../src/api/generated/core-v1.ts';
import type { SchedulingAttempt } from '../../src/extension-points/scheduling/decision.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { eventually, startTestCluster } from '../fixtures/cluster.ts';

const podNamed = (name: string, cpu: string, spec: Record<string, unknown> = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'main', image: 'app', resources: { requests: { cpu } } }], ...spec },
});

interface Decisions {
  readonly items: readonly (SchedulingAttempt & { metadata: { name: string } })[];
}

describe('scheduling decisions can be asked for', () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster({ simulate: true, nodes: 3 });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  const create = (object: object): Promise<string> => cluster.mustKubectl(['create', '-f', '-'], { input: JSON.stringify(object) });
  const decisionsOf = async (pod: string): Promise<Decisions['items']> =>
    (JSON.parse(await cluster.mustKubectl(['get', 'schedulingdecisions', '-o', 'json', '--field-selector', `pod.name=${pod}`])) as Decisions).items;
  const fileOf = (object: object): string => {
    const file = join(cluster.directory, 'asked.yaml');
    writeFileSync(file, JSON.stringify(object));
    return file;
  };
  const settled = (name: string, result: string): Promise<void> =>
    eventually(async () => assert.equal((await decisionsOf(name)).at(-1)?.result, result, `${name} is not ${result}`));

  it('lists them with kubectl, and shows one whole', async () => {
    await create(podNamed('small', '100m'));
    await create(podNamed('huge', '90000'));
    await create(podNamed('gated', '100m', { schedulingGates: [{ name: 'example.com/wait' }] }));
    await Promise.all([settled('small', 'Scheduled'), settled('huge', 'Unschedulable'), settled('gated', 'Gated')]);
    const rows = (await cluster.mustKubectl(['get', 'schedulingdecisions.decisions.wherry.dev'])).trim().split('\n');
    assert.match(rows[0]!, /^POD +ATTEMPT +RESULT +NODE +FEASIBLE +REASON +AGE$/);
    assert.match(rows[1]!, /^gated +1 +Gated +waiting for scheduling gates: \[example\.com\/wait\] +\S+$/);
    assert.match(rows[2]!, /^huge +1 +Unschedulable +0\/3 +3 Insufficient cpu +\S+$/);
    assert.match(rows[3]!, /^small +1 +Scheduled +node-\d +3\/3 +\S+$/);
    const [{ metadata }] = (await decisionsOf('huge')) as readonly [Decisions['items'][number]];
    const whole = await cluster.mustKubectl(['get', 'sd', metadata.name, '-o', 'yaml']);
    for (const line of [/^kind: SchedulingDecision$/m, /^result: Unschedulable$/m, /^ {2}plugin: NodeResourcesFit$/m, /^ {2}- node-3$/m])
      assert.match(whole, line);
  });

  it('keeps the scores of every node and plugin', async () => {
    const [{ nodeName, scores, tiedCount }] = (await decisionsOf('small')) as unknown as [SchedulingAttempt];
    const pod = JSON.parse(await cluster.mustKubectl(['get', 'pod', 'small', '-o', 'json'])) as Pod;
    assert.equal(pod.spec!.nodeName, nodeName);
    assert.deepEqual([scores.length, scores[0]!.nodeName, tiedCount], [3, nodeName, 3]);
    const taints = scores[0]!.plugins.find(({ name }) => name === 'TaintToleration');
    assert.deepEqual(taints, { name: 'TaintToleration', raw: 0, normalized: 100, weight: 3, weighted: 300 });
    for (const { total, plugins } of scores)
      assert.equal(
        total,
        plugins.reduce((sum, { weighted }) => sum + weighted, 0),
      );
  });

  it('explains their fields, serves them to those who may, and takes no writes', async () => {
    assert.match(
      await cluster.mustKubectl(['explain', 'schedulingdecisions.refusals']),
      /FIELD: refusals <\[\]Object>[\s\S]*The first plugin that refused them\./,
    );
    assert.match(
      await cluster.mustKubectl(['api-resources', '--api-group=decisions.wherry.dev']),
      /schedulingdecisions +sd +decisions\.wherry\.dev\/v1alpha1 +true +SchedulingDecision/,
    );
    const strange = await cluster.kubectl(['get', 'sd', '--as=eve']);
    assert.match(strange.stderr, /^Error from server \(Forbidden\): schedulingdecisions\.decisions\.wherry\.dev is forbidden: User "eve" cannot list resource/);
    const removed = await cluster.kubectl(['delete', 'sd', '--all']);
    assert.match(removed.stderr, /\(MethodNotAllowed\): .*is not supported on resources of kind "schedulingdecisions\.decisions\.wherry\.dev"/);
  });

  it('tells the story of a pod, and what woke it', async () => {
    const waits = await cluster.wherry('why', 'pod/huge');
    assert.equal(waits.code, 0);
    assert.match(waits.stdout, /^pod default\/huge is pending: no node fits\n/);
    assert.match(waits.stdout, /3 {2}Insufficient cpu {2}\(NodeResourcesFit\) {2}node-1, node-2, node-3\n/);
    assert.match(waits.stdout, /what would help\n {2}· another node/);
    const gate = [{ op: 'remove', path: '/spec/schedulingGates' }];
    await cluster.mustKubectl(['patch', 'pod', 'gated', '--type=json', '-p', JSON.stringify(gate)]);
    await settled('gated', 'Scheduled');
    const opened = await cluster.wherry('why', 'gated');
    assert.match(opened.stdout, /woken by UnscheduledPodUpdatePodSchedulingGatesEliminated of Pod default\/gated, as SchedulingGates asked/);
    assert.match(opened.stdout, /was chosen (by lot among \d nodes )?with \d+ points/);
    const asJson = JSON.parse((await cluster.wherry('why', 'pod/gated', '-o', 'json')).stdout) as { exists: boolean; attempts: SchedulingAttempt[] };
    assert.deepEqual([asJson.exists, asJson.attempts.map(({ attempt, result }) => [attempt, result])], [true, [[1, 'Scheduled']]]);
    const nobody = await cluster.wherry('why', 'pod/nobody');
    assert.deepEqual([nobody.code, nobody.stdout], [1, 'pod default/nobody is not there, and nothing is remembered of it\n']);
    assert.match((await cluster.wherry('why', 'deployment/web')).stderr, /^error: deployment\/web: decisions about pods and nodes can be told/);
  });

  it('tells what admission changed, and who refused a write', async () => {
    const small = await cluster.wherry('why', 'small');
    assert.match(small.stdout, /admission of CREATE by kubernetes-admin · .*\n[\s\S]* {2}priority: add \/spec\/(priority|preemptionPolicy)/);
    const refused = await cluster.kubectl(['create', '-f', '-'], {
      input: JSON.stringify(podNamed('refused', '100m', { priorityClassName: 'nobody-made-it' })),
    });
    assert.equal(refused.code, 1);
    const rows = await cluster.mustKubectl(['get', 'admissiondecisions', '--field-selector', 'target.name=refused']);
    assert.match(rows, /^RESOURCE +OBJECT +OPERATION +RESULT +PLUGINS +USER +AGE\npods +refused +CREATE +Denied +.*priority +kubernetes-admin +\d+s\n$/);
  });

  it('says where a pod would go, through admission and plugins, and creates nothing', async () => {
    const fits = await cluster.wherry('schedule', '--dry-run', '-f', fileOf(podNamed('later', '100m')));
    assert.equal(fits.code, 0, fits.stderr);
    assert.match(fits.stdout, /^pod default\/later would go to node-\d\n {2}3 of 3 nodes would do\n/);
    const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'app' }] } };
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { selector: { matchLabels: { app: 'web' } }, template } };
    const ofDeployment = await cluster.wherry('schedule', '--dry-run', '-f', fileOf(deployment));
    assert.match(ofDeployment.stdout, /^pod default\/web-\w{5} would go to node-\d\n/);
    const another = await cluster.wherry('schedule', '--dry-run', '-f', fileOf(podNamed('small', '100m')));
    assert.match(another.stdout, /^pod default\/small-\w{5} would go to node-\d\n/);
    const unfit = await cluster.wherry('schedule', '--dry-run', '-f', fileOf(podNamed('later', '90000')), '-o', 'json');
    const [{ attempt }] = JSON.parse(unfit.stdout) as [{ attempt: SchedulingAttempt }];
    assert.deepEqual([unfit.code, attempt.result, attempt.refusals[0]!.count], [2, 'Unschedulable', 3]);
    const refused = await cluster.wherry('schedule', '--dry-run', '-f', fileOf(podNamed('later', '100m', { priorityClassName: 'nobody-made-it' })));
    assert.deepEqual([refused.code, refused.stderr], [1, 'error: pods "later" is forbidden: no PriorityClass with name nobody-made-it was found\n']);
    assert.equal((await cluster.kubectl(['get', 'pod', 'later'])).code, 1);
    assert.deepEqual(await decisionsOf('later'), []);
  });

  it('says whom a pod would push out, and pushes nobody out', async () => {
    const capacity = Number(await cluster.mustKubectl(['get', 'node', 'node-1', '-o', 'jsonpath={.status.allocatable.cpu}']));
    for (const name of ['node-2', 'node-3']) await cluster.mustKubectl(['cordon', name]);
    await create({ apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'urgent' }, value: 1_000 });
    await create(podNamed('victim', `${Math.floor(capacity * 1_000 * 0.8)}m`));
    await settled('victim', 'Scheduled');
    const urgent = podNamed('urgent', `${Math.floor(capacity * 1_000 * 0.7)}m`, { priorityClassName: 'urgent' });
    const answer = await cluster.wherry('schedule', '--dry-run', '-f', fileOf(urgent));
    assert.match(answer.stdout, /^pod default\/urgent would fit nowhere, but make room on node-1\n/);
    assert.match(answer.stdout, /DefaultPreemption: default\/victim \(priority 0\) makes room on node-1\n/);
    const victim = JSON.parse(await cluster.mustKubectl(['get', 'pod', 'victim', '-o', 'json'])) as Pod;
    assert.equal(victim.metadata.deletionTimestamp, undefined);
    await create(urgent);
    await settled('urgent', 'Scheduled');
    const story = await cluster.wherry('why', 'urgent');
    assert.match(
      story.stdout,
      /attempt 1 · .* · no node fits\n[\s\S]*default\/victim \(priority 0\) makes room on node-1\n {2}node-1 is set aside for the pod\n/,
    );
    assert.match(story.stdout, /attempt \d · .* · scheduled on node-1\n/);
  });
});
