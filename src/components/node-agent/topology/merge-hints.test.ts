import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ResourceHints, TopologyHint } from './contract.ts';
import { maskOf, nodesIn } from './numa-mask.ts';
import { type TopologyPolicyName, topologyPolicy } from './policies.ts';

type Hint = readonly [nodes: readonly number[] | undefined, isPreferred: boolean];
type Given = Readonly<Record<string, readonly Hint[] | undefined>>;
type Aligning = Exclude<TopologyPolicyName, 'none'>;

const yes = true;
const no = false;
const hint = ([nodes, isPreferred]: Hint): TopologyHint => ({ affinity: nodes && maskOf(nodes), isPreferred });
const hintsOf = (given: Given): ResourceHints => new Map(Object.entries(given).map(([name, hints]) => [name, hints?.map(hint)]));

function decide(
  policy: Aligning,
  providers: readonly Given[],
  options: { nodes?: number; distances?: readonly (readonly number[])[] } = {},
): readonly [Hint, boolean] {
  const { nodes = 2, distances } = options;
  const nodeIds = Array.from({ length: nodes }, (_, id) => id);
  const layout = { nodeIds, distances: new Map((distances ?? []).map((row, id) => [id, row])), prefersClosest: distances !== undefined };
  const { hint: best, isAdmitted } = topologyPolicy(policy, layout)(providers.map(hintsOf));
  return [[best.affinity === undefined ? undefined : nodesIn(best.affinity), best.isPreferred], isAdmitted];
}

/** Of a machine with two nodes: what best-effort decides; restricted decides the same and admits what is preferred. */
const merges: readonly (readonly [name: string, providers: readonly Given[], best: Hint])[] = [
  ['nobody has hints', [], [[0, 1], yes]],
  ['a provider without resources', [{}], [[0, 1], yes]],
  ['a resource without preference', [{ resource: undefined }], [[0, 1], yes]],
  ['a resource that cannot be had', [{ resource: [] }], [[0, 1], no]],
  ['a preferred hint for any node', [{ resource: [[undefined, yes]] }], [[0, 1], yes]],
  ['a hint for any node that is not preferred', [{ resource: [[undefined, no]] }], [[0, 1], no]],
  ['one preferred hint', [{ resource: [[[0], yes]] }], [[0], yes]],
  ['one hint that is not preferred', [{ resource: [[[0], no]] }], [[0], no]],
  ['two of the same', [{ one: [[[0], yes]] }, { two: [[[0], yes]] }], [[0], yes]],
  ['two of the same, one not preferred', [{ one: [[[0], yes]] }, { two: [[[0], no]] }], [[0], no]],
  ['two that have nothing in common', [{ one: [[[0], yes]] }, { two: [[[1], yes]] }], [[0, 1], no]],
  [
    'one of two that has a match',
    [
      {
        one: [
          [[0], yes],
          [[1], yes],
        ],
      },
      { two: [[[0], yes]] },
    ],
    [[0], yes],
  ],
  [
    'the lower of two matches',
    [
      {
        one: [
          [[0], yes],
          [[1], yes],
        ],
      },
      {
        two: [
          [[0], yes],
          [[1], yes],
        ],
      },
    ],
    [[0], yes],
  ],
  ['a narrow hint within a wide one', [{ one: [[[0, 1], no]] }, { two: [[[1], yes]] }], [[1], no]],
  ['wide ones that are preferred', [{ one: [[[0, 1], yes]] }, { two: [[[0, 1], yes]] }], [[0, 1], yes]],
  ['a resource of one provider that cannot be had', [{ one: [[[0], yes]], two: [] }], [[0], no]],
  ['no preference beside a preferred hint', [{ one: undefined }, { two: [[[1], yes]] }], [[1], yes]],
  [
    'resources of one provider that fit together',
    [
      {
        one: [
          [[0], yes],
          [[0, 1], no],
        ],
        two: [
          [[0], yes],
          [[1], yes],
        ],
      },
    ],
    [[0], yes],
  ],
];

describe('hints of a container', () => {
  for (const [name, providers, best] of merges)
    it(`best-effort and restricted: ${name}`, () => {
      assert.deepEqual(decide('best-effort', providers), [best, true]);
      assert.deepEqual(decide('restricted', providers), [best, best[1]]);
    });

  const single: typeof merges = [
    ['nobody has hints', [], [undefined, yes]],
    ['no preference', [{ resource: undefined }], [undefined, yes]],
    ['cannot be had', [{ resource: [] }], [undefined, no]],
    ['one node', [{ resource: [[[0], yes]] }], [[0], yes]],
    ['one node, not preferred', [{ resource: [[[0], no]] }], [undefined, no]],
    ['two nodes', [{ resource: [[[0, 1], yes]] }], [undefined, no]],
    [
      'one node in common',
      [
        {
          one: [
            [[0], yes],
            [[1], yes],
            [[0, 1], no],
          ],
        },
        {
          two: [
            [[1], yes],
            [[0, 1], no],
          ],
        },
      ],
      [[1], yes],
    ],
    ['different nodes', [{ one: [[[0], yes]] }, { two: [[[1], yes]] }], [undefined, no]],
    ['one node beside no preference', [{ one: undefined }, { two: [[[1], yes]] }], [[1], yes]],
  ];
  for (const [name, providers, best] of single) it(`single-numa-node: ${name}`, () => assert.deepEqual(decide('single-numa-node', providers), [best, best[1]]));

  it('that are not preferred come as near as can be to the width that is needed', () => {
    const wide: readonly Hint[] = [
      [[0, 1], no],
      [[2, 3], no],
      [[0, 1, 2, 3], no],
    ];
    const narrow: readonly Hint[] = [
      [[0], yes],
      [[1], yes],
      [[0, 1], no],
      [[0, 1, 2, 3], no],
    ];
    // Two nodes are needed at least: a single one would leave the first resource without its second node.
    assert.deepEqual(decide('best-effort', [{ one: wide }, { two: narrow }], { nodes: 4 }), [[[0, 1], no], true]);
  });

  it('are on close nodes when those are preferred, whatever their numbers', () => {
    const distances = [
      [10, 40, 20, 40],
      [40, 10, 40, 12],
      [20, 40, 10, 40],
      [40, 12, 40, 10],
    ];
    const pairs: readonly Hint[] = [
      [[0, 1], yes],
      [[0, 2], yes],
      [[1, 3], yes],
    ];
    assert.deepEqual(decide('best-effort', [{ resource: pairs }], { nodes: 4, distances }), [[[1, 3], yes], true]);
    assert.deepEqual(decide('best-effort', [{ resource: pairs }], { nodes: 4 }), [[[0, 1], yes], true]);
  });

  it('may be as many as eight nodes and ten resources give', () => {
    const all: Hint[] = Array.from({ length: 255 }, (_, index) => [nodesIn(BigInt(index + 1)), nodesIn(BigInt(index + 1)).length === 1]);
    const resources = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`resource-${index}`, all]));
    assert.deepEqual(decide('restricted', [resources], { nodes: 8 }), [[[0], yes], true]);
  });
});
