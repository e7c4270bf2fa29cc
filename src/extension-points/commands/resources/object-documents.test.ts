import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { objectOf, readDocuments, readValues } from './object-documents.ts';

const source = 'STDIN';
const map = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;
const json = (name: string): string => JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });

/** Names of the objects of a text, and what ended the reading. */
async function read(text: string, options: { validates?: boolean } = {}): Promise<readonly string[]> {
  const found: string[] = [];
  try {
    for await (const value of readValues({ source, text: async () => text }, options))
      found.push((value as { metadata?: { name: string } }).metadata?.name ?? '-');
  } catch (error) {
    found.push(`! ${(error as Error).message}`);
  }
  return found;
}

describe('documents of files', () => {
  const cases: { text: string; holds: string; found: readonly string[] }[] = [
    { holds: 'YAML documents, those without content left out', text: `---\n# nothing\n---\n${map('a')}---\n---\n${map('b')}...\n`, found: ['a', 'b'] },
    { holds: 'lines as Windows ends them, behind a byte order mark', text: `\uFEFF${map('a')}---\n${map('b')}`.replaceAll('\n', '\r\n'), found: ['a', 'b'] },
    { holds: 'a directive', text: `%YAML 1.1\n---\n${map('a')}`, found: ['a'] },
    { holds: 'JSON values one behind the other', text: `${json('a')}\n${json('b')}${json('c')}`, found: ['a', 'b', 'c'] },
    { holds: 'YAML behind JSON', text: `${json('a')}\n---\n${map('b')}`, found: ['a', 'b'] },
    { holds: 'YAML that begins as JSON', text: '{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n', found: ['a'] },
    { holds: 'JSON that is cut off', text: json('a').slice(0, -1), found: ['! error parsing STDIN: unexpected EOF'] },
    {
      holds: 'JSON with something behind it',
      text: `${json('a')} x`,
      found: ['a', `! error parsing STDIN: json: offset ${json('a').length + 2}: invalid character 'x' looking for beginning of value`],
    },
    { holds: 'nothing', text: '\n', found: [] },
  ];
  for (const { text, holds, found } of cases) it(`reads ${holds}`, async () => assert.deepEqual(await read(text), found));

  it('answers what stands in front of a mistake', async () => {
    const [first, problem, ...rest] = await read(`${map('a')}---\na: [\n---\n${map('b')}`);
    assert.equal(first, 'a');
    assert.match(problem!, /^! error parsing STDIN: error converting YAML to JSON: yaml: line \d+: /);
    assert.deepEqual(rest, []);
  });

  it('ends at what does not say what it is, when that is asked for', async () =>
    assert.deepEqual(await read('a: b\n', { validates: true }), [
      '! error validating "STDIN": error validating data: [apiVersion not set, kind not set]; if you choose to ignore these errors, turn validation off with --validate=false',
    ]));

  const refused: readonly [unknown, string][] = [
    ['text', 'json: cannot unmarshal string into Go value of type unstructured.detector'],
    [[], 'json: cannot unmarshal array into Go value of type unstructured.detector'],
    [{ apiVersion: 'v1' }, `Object 'Kind' is missing in '{"apiVersion":"v1"}'`],
    [{ apiVersion: 'v1', kind: 'A', metadata: [] }, 'json: cannot unmarshal array into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta'],
    [
      { apiVersion: 'v1', kind: 'A', metadata: { labels: { a: 1 } } },
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [{ apiVersion: 'v1', kind: 'A', metadata: { name: true } }, 'json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.name of type string'],
  ];
  for (const [value, problem] of refused)
    it(`refuses ${JSON.stringify(value)}`, () => assert.rejects(objectOf(value, source), { message: `unable to decode "STDIN": ${problem}` }));

  it('takes all metadata that an object may have', async () => {
    const metadata = {
      name: 'a',
      labels: null,
      annotations: { a: 'b' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'A', name: 'a', uid: 'u' }],
      generation: 3,
    };
    assert.deepEqual((await objectOf({ apiVersion: 'v1', kind: 'A', metadata }, source)).metadata, metadata);
  });

  it('refuses a small text that would write out as a huge one', async () => {
    const lines = Array.from({ length: 10 }, (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index},`.repeat(9)}]`);
    await assert.rejects(async () => {
      for await (const _ of readDocuments({ source, text: async () => `a0: &a0 [x]\n${lines.join('\n')}\n` }));
    }, /excessive aliasing/);
  });
});
