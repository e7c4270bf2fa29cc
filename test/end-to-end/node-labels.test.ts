import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { serveNodeLabels } from '../../src/extension-points/node-labels/serve.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { canRunContainers, eventually, startTestCluster } from '../fixtures/cluster.ts';

/** What somebody writes next to their manifests: each node is in a rack. */
const racks = (prefix: string, more = ''): string => `
import { poll } from 'wherry/node-labels';
const rack = poll(({ name, isSimulated }) => ({ 'example.com/rack': '${prefix}' + name.split('-')[1], 'example.com/simulated': String(isSimulated)${more} }));
export default { 'node-labels': { rack } };
`;

const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'nodefeatures.nfd.k8s-sigs.io', annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' } },
  spec: {
    group: 'nfd.k8s-sigs.io',
    names: { kind: 'NodeFeature', plural: 'nodefeatures', singular: 'nodefeature' },
    scope: 'Namespaced',
    versions: [
      { name: 'v1alpha1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', required: ['spec'], properties: { spec: anything } } } },
    ],
  },
};

const pod = (name: string, nodeSelector: Record<string, string>): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { nodeSelector, containers: [{ name: 'main', image: 'busybox' }] },
  });

describe('labels that a module gives simulated nodes', () => {
  let cluster: TestCluster;
  let directory: string;
  const nodesWith = async (selector: string): Promise<string> => (await cluster.mustKubectl(['get', 'nodes', '-l', selector, '-o', 'name'])).trim();
  const save = (text: string): void => {
    writeFileSync(join(directory, 'racks.tmp'), text);
    renameSync(join(directory, 'racks.tmp'), join(directory, 'racks.ts'));
  };

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'wn-'));
    save(racks('r'));
    cluster = await startTestCluster({ simulate: true, nodes: 3, flags: ['--extension', join(directory, 'racks.ts'), '--discover-labels', 'node-features'] });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
    if (directory) rmSync(directory, { recursive: true });
  });

  it('find each node', async () => {
    for (const number of [1, 2, 3])
      await eventually(async () => assert.equal(await nodesWith(`example.com/rack=r${number},example.com/simulated=true`), `node/node-${number}`));
  });

  it('choose the node of a pod', async () => {
    await cluster.mustKubectl(['apply', '-f', '-'], { input: pod('second', { 'example.com/rack': 'r2' }) });
    await cluster.mustKubectl(['wait', 'pod/second', '--for=condition=Ready', '--timeout=120s']);
    assert.equal(await cluster.mustKubectl(['get', 'pod', 'second', '-o', 'jsonpath={.spec.nodeName}']), 'node-2');
  });

  it('let a pod wait for a label, and let it go when the module that is saved says it', async () => {
    await cluster.mustKubectl(['apply', '-f', '-'], { input: pod('waiting', { 'example.com/fast': 'yes' }) });
    await eventually(async () =>
      assert.match(
        await cluster.mustKubectl(['get', 'pod', 'waiting', '-o', 'jsonpath={.status.conditions[0].message}']),
        /didn't match Pod's node affinity\/selector/,
      ),
    );
    save(racks('r', ", 'example.com/fast': name === 'node-3' ? 'yes' : 'no'"));
    await cluster.mustKubectl(['wait', 'pod/waiting', '--for=condition=Ready', '--timeout=120s']);
    assert.equal(await cluster.mustKubectl(['get', 'pod', 'waiting', '-o', 'jsonpath={.spec.nodeName}']), 'node-3');
  });

  it('are taken off when the module does not say them any more; those that users have set stay', async () => {
    await cluster.mustKubectl(['label', 'node', 'node-1', 'example.com/mine=1']);
    save(racks('s'));
    await eventually(async () => assert.equal(await nodesWith('example.com/fast'), ''));
    await eventually(async () => assert.equal(await nodesWith('example.com/rack=s1,example.com/mine=1'), 'node/node-1'));
    assert.equal(await nodesWith('example.com/rack=r1'), '');
  });

  it('are set right when somebody changes them, as the node itself', async () => {
    await cluster.mustKubectl(['label', 'node', 'node-1', '--overwrite', 'example.com/rack=elsewhere']);
    await eventually(async () => assert.equal(await nodesWith('example.com/rack=s1'), 'node/node-1'));
  });

  it('of a source that has gone while wherry was killed are removed', async () => {
    await cluster.killHard();
    save(`import { poll } from 'wherry/node-labels';\nexport default { 'node-labels': { other: poll(() => ({ late: 'yes' })) } };`);
    await cluster.start();
    await eventually(async () => assert.equal(await nodesWith('feature.node.kubernetes.io/late=yes'), 'node/node-1\nnode/node-2\nnode/node-3'));
    await eventually(async () => assert.equal(await nodesWith('example.com/rack'), ''));
    assert.equal(await nodesWith('example.com/mine=1'), 'node/node-1');
  });

  it('come from NodeFeature objects too, once somebody has installed their definition', async () => {
    await cluster.mustKubectl(['apply', '-f', '-'], { input: JSON.stringify(definition) });
    await cluster.mustKubectl(['wait', '--for=condition=Established', 'crd/nodefeatures.nfd.k8s-sigs.io', '--timeout=120s']);
    const object = {
      apiVersion: 'nfd.k8s-sigs.io/v1alpha1',
      kind: 'NodeFeature',
      metadata: { name: 'found', labels: { 'nfd.node.kubernetes.io/node-name': 'node-2' } },
      spec: { labels: { found: 'yes' } },
    };
    await cluster.mustKubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
    await eventually(async () => assert.equal(await nodesWith('feature.node.kubernetes.io/found=yes'), 'node/node-2'));
    await cluster.mustKubectl(['delete', 'nodefeature', 'found']);
    await eventually(async () => assert.equal(await nodesWith('feature.node.kubernetes.io/found'), ''));
  });

  it('are on the list of extensions', async () => {
    const { stdout } = await cluster.wherry('extensions');
    assert.match(stdout, /node-labels\s+other\s+racks\.ts/);
  });
});

describe('what wherry up --discover-labels takes', () => {
  it('is names of sources', async () => {
    await assert.rejects(
      startTestCluster({ simulate: true, flags: ['--discover-labels', 'cpu,weather'] }),
      /there is no source of labels "weather"; there are all, cpu, kernel, memory, network, pci, storage, system, usb, node-features/,
    );
  });

  it('is not for simulated nodes', async () => {
    await assert.rejects(
      startTestCluster({ simulate: true, flags: ['--discover-labels', 'cpu'] }),
      /--discover-labels cpu tells what this machine is, which simulated nodes are not/,
    );
  });
});

describe('labels of this machine’s node', { skip: canRunContainers ? false : 'needs root, containerd, runc and the CNI plugins' }, () => {
  let cluster: TestCluster;
  let directory: string;
  const labels = async (): Promise<Record<string, string>> =>
    JSON.parse(await cluster.mustKubectl(['get', 'nodes', '-o', 'jsonpath={.items[0].metadata.labels}'])) as Record<string, string>;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'wn-'));
    const features = join(directory, 'features.d');
    mkdirSync(features);
    // As NVIDIA's gpu-feature-discovery leaves it.
    writeFileSync(join(features, 'gfd'), 'nvidia.com/gpu.product=NVIDIA-H100-80GB-HBM3\nnvidia.com/gpu.memory=81559\n');
    cluster = await startTestCluster({ flags: ['--feature-files', features, '--discover-labels', 'kernel,cpu'] });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
    if (directory) rmSync(directory, { recursive: true });
  });

  it('are those of the sources that were asked for', async () => {
    await eventually(async () => {
      const found = await labels();
      assert.match(found['feature.node.kubernetes.io/kernel-version.major'] ?? '', /^\d+$/);
      assert.ok(Object.keys(found).some((name) => name.startsWith('feature.node.kubernetes.io/cpu-')));
      assert.ok(!Object.keys(found).some((name) => name.startsWith('feature.node.kubernetes.io/system-')));
    });
  });

  it('are those of feature files, while they are there', async () => {
    await eventually(async () => assert.equal((await labels())['nvidia.com/gpu.product'], 'NVIDIA-H100-80GB-HBM3'));
    await eventually(async () => assert.notEqual(await cluster.mustKubectl(['get', 'nodes', '-l', 'nvidia.com/gpu.memory>80000', '-o', 'name']), ''));
    {
      const source = {
        labels: async function* () {
          yield { labels: { 'example.com/served': 'yes', 'kubernetes.io/os': 'plan9' } };
        },
      };
      await using served = serveNodeLabels(source, { name: 'served', directory: join(directory, 'features.d') });
      await served.written;
      await eventually(async () => assert.equal((await labels())['example.com/served'], 'yes'));
      assert.equal((await labels())['kubernetes.io/os'], 'linux');
    }
    await eventually(async () => assert.equal((await labels())['example.com/served'], undefined));
  });

  it('are kept when wherry is killed, and removed with their file while it is not running', async () => {
    await cluster.killHard();
    rmSync(join(directory, 'features.d', 'gfd'));
    await cluster.start();
    await eventually(async () => assert.equal((await labels())['nvidia.com/gpu.product'], undefined));
    assert.match((await labels())['feature.node.kubernetes.io/kernel-version.major'] ?? '', /^\d+$/);
  });
});
