import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { yamlText } from './encode-value.ts';
import { yamlInTurns } from './long-yaml.ts';

const times = <Item>(count: number, make: (index: number) => Item): Item[] => Array.from({ length: count }, (_, index) => make(index));
const fields = (count: number, value: unknown): Record<string, unknown> => Object.fromEntries(times(count, (index) => [`f:${(index * 7919) % 10_007}`, value]));

describe('YAML of large objects', () => {
  const texts = ['', 'a', '- a', 'a: b', 'two\nlines\n', '\n\nblank lines\n\n  indented\n\n', '  leading', 'trailing\n\n\n', 'no', '1', 'é', '\t', '#', 'a\n'];
  const values: Readonly<Record<string, object>> = {
    'many fields': { kind: 'A', data: fields(3_000, 'x') },
    'many items': {
      spec: { containers: [{ name: 'a', env: times(2_000, (index) => ({ name: `n${index}`, value: texts[index % texts.length] })), z: {} }, { a: [] }] },
    },
    'lists in lists': { a: [[times(1_500, (index) => index), times(3, String)], times(600, () => [])] },
    'texts of all sorts': { data: fields(800, fields(2, texts)), x: texts },
    'deep ones': { metadata: { managedFields: [{ fieldsV1: { 'f:a': { '.': {}, ...fields(700, { 'k:{"a":"b"}': {} }) } } }] }, b: fields(501, null) },
    'strange names': {
      'a b: c': fields(600, 1),
      '- x': times(700, () => null),
      '': fields(900, ''),
      no: fields(600, true),
      '"q"': times(600, () => ({ a: 1, b: 2 })),
    },
    'small ones': { a: { b: 1 } },
  };
  for (const [name, value] of Object.entries(values)) {
    it(`is the same as that of small ones: ${name}`, async () => assert.equal(await yamlInTurns(value, { breathe: () => undefined }), yamlText(value)));
  }
  it('asks for its turn between parts', async () => {
    let asked = 0;
    const breathe = (): Promise<void> => {
      asked++;
      return Promise.resolve();
    };
    await yamlInTurns({ data: fields(5_000, 'x') }, { breathe });
    assert.ok(asked > 10);
  });
});
