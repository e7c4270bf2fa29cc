import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually, startTestCluster, type TestCluster } from '../fixtures/cluster.ts';

const manifest = (image: string): string => `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: plugin, namespace: kube-system}
spec:
  selector: {matchLabels: {name: plugin}}
  template:
    metadata: {labels: {name: plugin}}
    spec:
      priorityClassName: system-node-critical
      tolerations: [{key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}]
      containers: [{name: plugin, image: "${image}"}]
`;

describe('a DaemonSet with a stock kubectl', () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster({ simulate: true, nodes: 3 });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });
  const kubectl = (...args: string[]): Promise<string> => cluster.mustKubectl(['-n', 'kube-system', ...args]);
  const rolledOut = (): Promise<string> => kubectl('rollout', 'status', 'ds/plugin', '--timeout=120s');
  const images = async (): Promise<string[]> =>
    (await kubectl('get', 'pods', '-l', 'name=plugin', '-o', 'jsonpath={range .items[*]}{.spec.containers[0].image}{"\\n"}{end}')).trim().split('\n');

  it('runs one pod on each node', async () => {
    await cluster.mustKubectl(['apply', '-f', '-'], { input: manifest('one') });
    assert.match(await rolledOut(), /daemon set "plugin" successfully rolled out/);
    const nodes = await kubectl('get', 'pods', '-l', 'name=plugin', '-o', 'jsonpath={range .items[*]}{.spec.nodeName}{"\\n"}{end}');
    assert.deepEqual(nodes.trim().split('\n').sort(), ['node-1', 'node-2', 'node-3']);
    assert.match(await kubectl('get', 'ds', 'plugin'), /plugin +3 +3 +3 +3 +3 +<none>/);
  });

  it('rolls to another template, tells of its revisions, and rolls back', async () => {
    await kubectl('set', 'image', 'ds/plugin', 'plugin=two');
    await rolledOut();
    assert.deepEqual(await images(), ['two', 'two', 'two']);
    assert.match(await kubectl('rollout', 'history', 'ds/plugin'), /^1 +<none>\n2 +<none>$/m);
    await kubectl('rollout', 'undo', 'ds/plugin');
    await rolledOut();
    assert.deepEqual(await images(), ['one', 'one', 'one']);
    assert.match(await kubectl('rollout', 'history', 'ds/plugin'), /^2 +<none>\n3 +<none>$/m);
  });

  it('leaves a node that no longer suits it', async () => {
    await cluster.mustKubectl(['taint', 'node', 'node-2', 'away=now:NoExecute']);
    await eventually(async () => assert.equal((await images()).length, 2));
    await cluster.mustKubectl(['taint', 'node', 'node-2', 'away-']);
    await eventually(async () => assert.match(await kubectl('get', 'ds', 'plugin'), /plugin +3 +3 +3 +3 +3/));
  });
});
