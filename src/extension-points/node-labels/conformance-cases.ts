import assert from 'node:assert/strict';
import { type LabelledNode, type LabelSet, maximumLabels, type NodeLabelSource } from './contract.ts';
import { readLabelSet } from './held-labels.ts';

/** Far longer than any source takes; only there so that one that hangs is told of. */
const patienceMs = 30_000;
const node: LabelledNode = { name: 'node-1', isSimulated: false };

/** What an agent counts on in a source of labels, by name. Each case gets a source that nobody used before. */
export const nodeLabelCases = {
  'says labels that a node may have': async (source) => {
    const set = await firstSet(source);
    assert.deepEqual(readLabelSet(set).problems, []);
    assert.ok(Object.keys(set.labels).length <= maximumLabels, `there are more than ${maximumLabels} labels`);
  },
  'lets expire only labels that it says': async (source) => {
    const { labels, expiresAt = {} } = await firstSet(source);
    for (const [name, time] of Object.entries(expiresAt)) {
      assert.ok(Object.hasOwn(labels, name), `${name} expires and is not there`);
      assert.ok(Number.isFinite(time), `the expiry of ${name} is not a time`);
    }
  },
  'says the same names when it is asked again': async (source) => {
    const names = ({ labels }: LabelSet): string[] => Object.keys(labels).sort();
    assert.deepEqual(names(await firstSet(source)), names(await firstSet(source)));
  },
  'can be asked for two nodes at the same time': async (source) => {
    const [one, other] = await Promise.all([firstSet(source), firstSet(source, { name: 'node-2', isSimulated: true })]);
    assert.deepEqual(
      [one, other].map((set) => readLabelSet(set).problems),
      [[], []],
    );
  },
  'ends when it is told to stop': async (source) => {
    const stopping = new AbortController();
    let sets = 0;
    const following = (async () => {
      for await (const _set of source.labels(node, stopping.signal)) if (++sets === 1) stopping.abort(new Error('enough'));
    })();
    await patiently(following, 'it goes on after it was told to stop').catch((error: unknown) => {
      if (!stopping.signal.aborted || error !== stopping.signal.reason) throw error; // to end with the reason is to end
    });
    assert.ok(sets > 0, 'it ended without a word');
  },
  'ends when it was told to stop before it began': async (source) => {
    const signal = AbortSignal.abort(new Error('enough'));
    const following = (async () => {
      for await (const _set of source.labels(node, signal));
    })();
    await patiently(following, 'it goes on after it was told to stop').catch((error: unknown) => {
      if (error !== signal.reason) throw error;
    });
  },
} satisfies Record<string, (source: NodeLabelSource) => Promise<void>>;

async function firstSet(source: NodeLabelSource, about = node): Promise<LabelSet> {
  const stopping = new AbortController();
  const first = (async () => {
    for await (const set of source.labels(about, stopping.signal)) return set;
    throw new Error('it ended without a word');
  })();
  try {
    return await patiently(first, 'it says nothing');
  } finally {
    stopping.abort(new Error('enough'));
  }
}

async function patiently<T>(work: Promise<T>, complaint: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${complaint} (${patienceMs / 1_000} s)`)), patienceMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
