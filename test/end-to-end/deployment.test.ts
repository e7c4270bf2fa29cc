import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TestCluster } from '../fixtures/cluster.ts';
import { canRunContainers, eventually, kubectlVersions, startTestCluster } from '../fixtures/cluster.ts';
import { testImages } from '../fixtures/images/index.ts';

const deployment = (version: string, replicas = 3): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: web
          image: nginx
          env: [{name: VERSION, value: "${version}"}]
          readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 1}
`;

describe('a Deployment of three', { skip: canRunContainers ? false : 'needs root, containerd, runc and the CNI plugins' }, () => {
  let cluster: TestCluster;
  const version = [...kubectlVersions().keys()].at(-1)!;
  const kubectl = (args: readonly string[], input?: string): Promise<string> =>
    cluster.mustKubectl(args, { version, ...(input === undefined ? {} : { input }) });
  before(async () => {
    cluster = await startTestCluster({ images: await testImages('nginx') });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  it('rolls out', async () => {
    await kubectl(['apply', '-f', '-'], deployment('one'));
    assert.match(await kubectl(['rollout', 'status', 'deployment/web', '--timeout=120s']), /deployment "web" successfully rolled out\n$/);
    assert.match(await kubectl(['get', 'deployment', 'web']), /web +3\/3 +3 +3/);
  });

  it('scales', async () => {
    await kubectl(['scale', 'deployment/web', '--replicas=5']);
    await kubectl(['rollout', 'status', 'deployment/web', '--timeout=120s']);
    assert.equal((await kubectl(['get', 'pods', '-l', 'app=web', '-o', 'name'])).trim().split('\n').length, 5);
    await kubectl(['scale', 'deployment/web', '--replicas=3']);
    await eventually(async () => assert.equal((await kubectl(['get', 'pods', '-l', 'app=web', '-o', 'name'])).trim().split('\n').length, 3));
  });

  it('shows what a change would do', async () => {
    const diff = await cluster.kubectl(['diff', '-f', '-'], { version, input: deployment('two') });
    assert.equal(diff.code, 1);
    assert.match(diff.stdout, /-\s+value: one\n\+\s+value: two/);
  });

  it('rolls to a new version and keeps history', async () => {
    await kubectl(['apply', '-f', '-'], deployment('two'));
    await kubectl(['rollout', 'status', 'deployment/web', '--timeout=120s']);
    assert.match(await kubectl(['rollout', 'history', 'deployment/web']), /REVISION[^]*\n1 [^]*\n2 /);
    // One of the old pods may still be ending.
    await eventually(async () => assert.match(await kubectl(['exec', 'deployment/web', '--', 'sh', '-c', 'echo $VERSION']), /two/));
  });

  it('rolls back', async () => {
    await kubectl(['rollout', 'undo', 'deployment/web']);
    await kubectl(['rollout', 'status', 'deployment/web', '--timeout=120s']);
    await eventually(async () => assert.match(await kubectl(['exec', 'deployment/web', '--', 'sh', '-c', 'echo $VERSION']), /one/));
    assert.match(await kubectl(['get', 'events', '--field-selector', 'involvedObject.kind=Deployment']), /ScalingReplicaSet/);
  });

  it('takes its ReplicaSets and Pods with it', async () => {
    await kubectl(['delete', 'deployment', 'web']);
    await eventually(async () => assert.equal(await kubectl(['get', 'rs,pods', '-o', 'name']), ''));
  });
});
