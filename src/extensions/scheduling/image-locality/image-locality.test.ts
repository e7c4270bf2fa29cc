import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { schedulingConformance } from '../../../extension-points/scheduling/conformance.ts';
import type { NodeInfo, SchedulingHandle } from '../../../extension-points/scheduling/contract.ts';
import { nodeWith, PluginTrial, testNode, testPod } from '../../../extension-points/scheduling/testing.ts';
import imageLocality from './image-locality.ts';

schedulingConformance('ImageLocality', () => imageLocality(undefined, clusterOf([])));

function clusterOf(nodes: readonly NodeInfo[]): Pick<SchedulingHandle, 'observe'> {
  return {
    observe(observer) {
      for (const node of nodes) observer.nodeAdded?.(node);
      return { [Symbol.dispose]: () => undefined };
    },
  };
}

const mebibyte = 2 ** 20;
const having = (name: string, ...images: [name: string, mebibytes: number][]) =>
  nodeWith(testNode(name, { status: { images: images.map(([image, size]) => ({ names: [image], sizeBytes: size * mebibyte })) } }));
const using = (...images: string[]) => testPod('p', { containers: images.map((image, index) => ({ name: `c${index}`, image })) });

describe('images that are there', () => {
  const cases = [
    {
      name: 'raise the score by their size',
      image: 'app:1',
      nodes: [having('a', ['app:1', 1_000]), having('b', ['app:1', 500])],
      want: [100, Math.trunc((100 * (500 - 23)) / 977)],
    },
    {
      name: 'count less when few nodes have them',
      image: 'app:1',
      nodes: [having('a', ['app:1', 1_000]), having('b')],
      want: [Math.trunc((100 * (500 - 23)) / 977), 0],
    },
    { name: 'do not count when small', image: 'app:1', nodes: [having('a', ['app:1', 20])], want: [0] },
    { name: 'are found without a tag', image: 'registry:5000/app', nodes: [having('a', ['registry:5000/app:latest', 1_000])], want: [100] },
    { name: 'are found by digest', image: 'app@sha256:abc', nodes: [having('a', ['app@sha256:abc', 1_000])], want: [100] },
    { name: 'are told apart by tag', image: 'app:2', nodes: [having('a', ['app:1', 1_000])], want: [0] },
  ];
  for (const { name, image, nodes, want } of cases) {
    it(name, async () => assert.deepEqual(await new PluginTrial(imageLocality(undefined, clusterOf(nodes))).score(using(image), nodes), want));
  }

  it('are measured against the number of containers', async () => {
    const nodes = [having('a', ['app:1', 1_000])];
    const [score] = await new PluginTrial(imageLocality(undefined, clusterOf(nodes))).score(using('app:1', 'other:1'), nodes);
    assert.equal(score, Math.trunc((100 * (1_000 - 23)) / 1_977));
  });
});
