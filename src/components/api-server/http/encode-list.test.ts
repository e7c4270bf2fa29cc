import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeDocument } from '../protobuf/envelope.ts';
import { encodeList, type ListParts } from './encode-list.ts';
import { prettyText, yamlText } from './encode-value.ts';
import type { Exchange } from './exchange.ts';
import type { Representation } from './negotiate.ts';

const exchange = { query: new URLSearchParams(), header: () => undefined } as unknown as Exchange;
const how = { exchange, turnItems: 2 };
const representation = (encoding: Representation['encoding'], isPretty = false): Representation => ({ encoding, form: 'whole', version: '', isPretty });

const item = (name: string): object => ({
  metadata: { name, annotations: { text: 'two\nlines', quoted: '"\\n', word: 'true' }, finalizers: ['a', 'b'], ownerReferences: [] },
});
const lists: { name: string; itemsField: string; items: readonly object[] }[] = [
  { name: 'of none', itemsField: 'items', items: [] },
  { name: 'of one', itemsField: 'items', items: [item('a')] },
  { name: 'of more than a turn', itemsField: 'items', items: ['a', 'b', 'c', 'd', 'e'].map(item) },
  { name: 'of rows', itemsField: 'rows', items: [{ cells: ['a', 1, null], object: item('a') }, { cells: [] }] },
];

describe('lists made for a request', () => {
  for (const { name, itemsField, items } of lists) {
    const fields = { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: '7', continue: 'x' }, columnDefinitions: [{ name: 'Name' }] };
    const whole = { ...fields, [itemsField]: items };
    const parts: ListParts<object> = { fields, itemsField, sources: items, item: (source) => (items.length % 2 === 0 ? source : Promise.resolve(source)) };

    it(`${name} read as if they were written whole`, async () => {
      assert.equal((await encodeList(parts, representation('json'), how)).toString(), `${JSON.stringify(whole)}\n`);
      assert.equal((await encodeList(parts, representation('json', true), how)).toString(), prettyText(whole));
      assert.equal((await encodeList(parts, representation('yaml'), how)).toString(), yamlText(whole));
    });
  }

  for (const version of ['v1', 'v1beta1']) {
    it(`have upstream's bytes in protobuf (${version})`, async () => {
      const items = ['a', 'b', 'c'].map(item);
      const fields = { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${version}`, metadata: { resourceVersion: '7', remainingItemCount: 2 } };
      const bytes = await encodeList({ fields, itemsField: 'items', sources: items, item: (source) => source }, representation('protobuf'), how);
      assert.deepEqual(bytes, encodeDocument({ ...fields, items }));
    });
  }
});
