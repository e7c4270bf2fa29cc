import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { compileSchema } from '../schema-processor.ts';
import { fieldErrorText } from '../status.ts';
import { hasFormat } from '../string-formats.ts';
import { type JsonSchemaProps, schemaFromJsonSchemaProps } from './from-json-schema.ts';

/** An object, the schema it is held against, and what apiextensions-apiserver 0.36 says of it. Absent answers are those of an object that is sound and keeps its shape. */
interface Case {
  readonly name: string;
  readonly schema: JsonSchemaProps;
  readonly object: object;
  /** The object before an update. */
  readonly old?: object;
  /** The update is one of `/status`. */
  readonly status?: boolean;
  readonly upstream: { readonly unknownFields?: string[]; readonly decodeError?: string; readonly shaped?: object; readonly errors?: string[] };
}

/** One JSON value a line. */
const read = (name: string): unknown =>
  readFileSync(new URL(`testing/${name}.jsonl`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('objects of custom resources', () => {
  for (const { name, schema, object, old, status, upstream } of read('objects') as Case[]) {
    it(`are shaped and checked as upstream does: ${name}`, () => {
      const draft = structuredClone(object);
      const compiled = compileSchema(schemaFromJsonSchemaProps(schema), { get: () => undefined });
      const { unknownFields, errors, decodeError } = compiled.process(draft, {
        prune: true,
        applyDefaults: true,
        dialect: 'custom',
        ...(old ? { old } : {}),
        ...(status ? { part: 'status' } : {}),
      });
      assert.equal(decodeError, upstream.decodeError);
      if (decodeError !== undefined) return;
      assert.deepEqual(unknownFields, upstream.unknownFields ?? []);
      assert.deepEqual(draft, upstream.shaped ?? object);
      assert.deepEqual(errors.map(fieldErrorText).sort(), upstream.errors ?? []);
    });
  }
});

describe('string formats', () => {
  for (const { format, texts, upstream } of read('formats') as { format: string; texts: string[]; upstream: { valid: boolean[] } }[]) {
    it(`accept what upstream accepts: ${format}`, () =>
      assert.deepEqual(
        texts.filter((text) => hasFormat(format, text)),
        texts.filter((_, index) => upstream.valid[index]),
      ));
  }
});
