import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCommon } from '../../../api/common-parts.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import { ServedResource } from '../resource-index.ts';
import { decodeObject, type Strictness } from './decode-body.ts';
import { decodeNewObject } from './decode-new-object.ts';

const served = (): ServedResource => {
  const definition = defineBuiltIn(pods, {
    commonField: 'spec',
    applyDefaults: (pod) => (isCommon(pod.spec) ? undefined : void ((pod.spec ??= {}).dnsPolicy ??= 'ClusterFirst')),
  });
  return new ServedResource(definition, definition.versions[0]!, false);
};

type Decode = typeof decodeObject;

/** What came of a body: the object, or the refusal; and the warnings. */
async function outcome(decode: Decode, to: ServedResource, text: string, fieldValidation: Strictness['fieldValidation']): Promise<unknown> {
  const warnings: string[] = [];
  const context = {
    user: { name: 'a', groups: [] },
    requestId: '',
    signal: new AbortController().signal,
    warn: (warning: string) => void warnings.push(warning),
  };
  try {
    const draft = await decode(to, { bytes: Buffer.from(text), contentType: undefined }, { fieldValidation, context });
    return { draft: JSON.parse(JSON.stringify(draft)) as unknown, warnings };
  } catch (error) {
    return { error: String(error), warnings };
  }
}

/** Repeatable. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const specs = [
  '{"containers":[{"name":"a","image":"i"}]}',
  '{"containers":[{"name":"a","image":"i"}],"nodeName":"n"}',
  '{"containers":[{"name":"a","image":"j"}]}',
  '{"containers":[{"name":"a","image":"}\\"]{"}]}',
  '{"containers":[{"name":"a","name":"b"}]}',
  '{"containers":[{"name":"a","unknown":1}]}',
  '{"containers":[{"name":1}]}',
  '{"containers":null,"spec":{"containers":[]}}',
  '{"terminationGracePeriodSeconds":9007199254740993}',
  '{"terminationGracePeriodSeconds":1e999}',
  '{}',
  '{ "containers" : [] }',
  'null',
  '[]',
  '"spec"',
  '{"containers":[',
];

const metadata = [
  '{"name":"a"}',
  '{"name":"b","labels":{"spec":"x"}}',
  '{"name":"a","annotations":{"a":"\\"spec\\":{\\"containers\\":[]}"}}',
  `{"name":"a","spec":${specs[0]}}`,
  `{"spec":${specs[0]},"name":"a"}`,
  '{"name":"a","name":"b"}',
  '{"name":7}',
];

describe('a new object', () => {
  it('is read the same however often its field has been seen, whatever else is in the body', async () => {
    const random = randomNumbers(7);
    const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const learning = served();
    const plain = served();
    let recognised = 0;
    for (let round = 0; round < 4_000; round++) {
      const fields = [`"metadata":${one(metadata)}`, `"spec":${one(random() < 0.5 ? specs.slice(0, 4) : specs)}`];
      if (random() < 0.1) fields.push(`"spec":${one(specs)}`);
      if (random() < 0.1) fields.push(`"\\u0073pec":${one(specs)}`);
      if (random() < 0.1) fields.push(`"status":{"spec":${one(specs)}}`);
      if (random() < 0.2) fields.unshift('"kind":"Pod","apiVersion":"v1"');
      if (random() < 0.05) fields.unshift('"kind":"Job"');
      fields.sort(() => random() - 0.5);
      const text = `{${fields.join(random() < 0.9 ? ',' : ' ,\n')}}`;
      const fieldValidation = one(['Strict', 'Warn', 'Ignore'] as const);
      const want = await outcome(decodeObject, plain, text, fieldValidation);
      const got = await outcome(
        async (...asked) => {
          const draft = await decodeNewObject(...asked);
          if (isCommon(draft['spec'])) recognised++;
          return draft;
        },
        learning,
        text,
        fieldValidation,
      );
      assert.deepEqual(got, want, `${fieldValidation}: ${text}`);
    }
    assert.ok(recognised > 500, `${recognised} recognised`);
  });

  const read = (to: ServedResource, text: string): Promise<UntypedObject> =>
    decodeNewObject(
      to,
      { bytes: Buffer.from(text), contentType: 'application/json' },
      { fieldValidation: 'Warn', context: { user: { name: 'a', groups: [] }, requestId: '', signal: new AbortController().signal, warn: () => {} } },
    );

  it('shares its field from the second time on', async () => {
    const to = served();
    const body = (name: string): string => `{"metadata":{"name":"${name}"},"spec":${specs[0]}}`;
    const drafts = [await read(to, body('a')), await read(to, body('b')), await read(to, body('c'))];
    assert.deepEqual(
      drafts.map((draft) => isCommon(draft['spec'])),
      [false, true, true],
    );
    assert.equal(drafts[1]!['spec'], drafts[2]!['spec']);
  });

  it('finds the fields of many templates, and forgets the oldest', async () => {
    const to = served();
    const body = (image: number): string => `{"metadata":{"name":"a"},"spec":{"containers":[{"name":"a","image":"${image}"}]}}`;
    for (let round = 0; round < 3; round++) {
      for (let image = 0; image < 100; image++) {
        const { spec } = await read(to, body(image));
        assert.deepEqual(spec, { containers: [{ name: 'a', image: String(image) }], dnsPolicy: 'ClusterFirst' });
      }
    }
  });
});
