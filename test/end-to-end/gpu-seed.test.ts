import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { canRunContainers, eventually, startTestCluster, type TestCluster } from '../fixtures/cluster.ts';
import { buildHostImage } from '../fixtures/images/image-from-host.ts';
import { vectorAddImage } from '../fixtures/images/vector-add.ts';

/** The page "Schedule GPUs" of the Kubernetes documentation, word for word. */
const examplePod = `apiVersion: v1
kind: Pod
metadata:
  name: example-vector-add
spec:
  restartPolicy: OnFailure
  containers:
    - name: example-vector-add
      image: "registry.example/example-vector-add:v42"
      resources:
        limits:
          gpu-vendor.example/example-gpu: 1 # 请求 1 个 GPU
`;

const imageCache = join(import.meta.dirname, '../../node_modules/.cache/test-images');
const resource = 'gpu-vendor.example/example-gpu';

describe('the page about GPUs', { skip: canRunContainers ? false : 'needs root, containerd, runc and the CNI plugins' }, () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster({ images: [buildHostImage(imageCache, vectorAddImage)], flags: ['--fake-gpu', `${resource}=2,memory=16Gi`] });
  });
  after(() => cluster?.[Symbol.asyncDispose]());
  const field = (path: string): Promise<string> => cluster.mustKubectl(['get', 'pod', 'example-vector-add', '-o', `jsonpath={${path}}`]);

  it('has a Pod that gets one GPU and ends well', async () => {
    await cluster.mustKubectl(['apply', '-f', '-'], { input: examplePod });
    await eventually(async () => assert.equal(await field('.status.phase'), 'Succeeded'));
    assert.equal(await cluster.mustKubectl(['logs', 'example-vector-add']), 'added 1000 elements on fake-gpu-0\n');
    assert.deepEqual(JSON.parse(await field('.spec.containers[0].resources')), { limits: { [resource]: '1' }, requests: { [resource]: '1' } });
    await cluster.mustKubectl(['delete', 'pod', 'example-vector-add']);
  });

  it('has a Pod that waits while there is no GPU for it', async () => {
    const greedy = examplePod.replace('example-gpu: 1 #', 'example-gpu: 3 #');
    await cluster.mustKubectl(['apply', '-f', '-'], { input: greedy });
    await eventually(async () =>
      assert.match(
        await field('.status.conditions[?(@.type=="PodScheduled")].message'),
        /^0\/1 nodes are available: 1 Insufficient gpu-vendor\.example\/example-gpu\. /,
      ),
    );
    await cluster.mustKubectl(['delete', 'pod', 'example-vector-add']);
  });
});

describe('the rules of the page about GPUs', () => {
  const directory = mkdtempSync(join(tmpdir(), 'wherry-gpus-'));
  let cluster: TestCluster;
  let nodes: readonly string[];
  before(async () => {
    const simulation = join(directory, 'simulation.yaml');
    writeFileSync(simulation, `nodes:\n- {name: gpu, capacity: {cpu: 8, memory: 32Gi, pods: 110, ${resource}: 4}}\n`);
    cluster = await startTestCluster({ nodes: 2, flags: ['--simulation', simulation] });
    nodes = (await cluster.mustKubectl(['get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}'])).split(' ');
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });
  const withResources = (text: string): string => examplePod.replace(/ {6}resources:\n[\s\S]*/, `      resources: ${text}\n`);

  for (const { name, text, message } of [
    {
      name: 'requests that are not the limits',
      text: `{limits: {${resource}: 2}, requests: {${resource}: 1}}`,
      message: /spec\.containers\[0\]\.resources\.requests: Invalid value: "?1"?: must be equal to gpu-vendor\.example\/example-gpu limit of 2/,
    },
    {
      name: 'requests without limits',
      text: `{requests: {${resource}: 1}}`,
      message: /spec\.containers\[0\]\.resources\.limits: Required value: Limit must be set for non overcommitable resources/,
    },
    {
      name: 'half a GPU',
      text: `{limits: {${resource}: 500m}}`,
      message: /spec\.containers\[0\]\.resources\.limits\[gpu-vendor\.example\/example-gpu\]: Invalid value: "?500m"?: must be an integer/,
    },
  ])
    it(`refuse ${name}`, async () => {
      const { code, stderr } = await cluster.kubectl(['create', '-f', '-'], { input: withResources(text) });
      assert.equal(code, 1);
      assert.match(stderr, message);
    });

  it('take requests that are the limits', async () => {
    await cluster.mustKubectl(['create', '--dry-run=server', '-f', '-'], { input: withResources(`{limits: {${resource}: 1}, requests: {${resource}: 1}}`) });
  });

  it('send a Pod to the node with the kind of GPU that it selects', async () => {
    await cluster.mustKubectl(['label', 'nodes', nodes[0]!, 'accelerator=example-gpu-x100']);
    await cluster.mustKubectl(['label', 'nodes', nodes[1]!, 'accelerator=other-gpu-k915']);
    for (const [index, accelerator] of ['example-gpu-x100', 'other-gpu-k915'].entries()) {
      await cluster.mustKubectl(['apply', '-f', '-'], { input: examplePod.replace('spec:\n', `spec:\n  nodeSelector: {accelerator: ${accelerator}}\n`) });
      await eventually(async () =>
        assert.equal(await cluster.mustKubectl(['get', 'pod', 'example-vector-add', '-o', 'jsonpath={.spec.nodeName}']), nodes[index]),
      );
      await cluster.mustKubectl(['delete', 'pod', 'example-vector-add']);
    }
  });
});
