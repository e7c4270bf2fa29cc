import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { compileSchema } from '../../schema-processor.ts';
import { fieldErrorText } from '../../status.ts';
import { type JsonSchemaProps, schemaFromJsonSchemaProps } from '../from-json-schema.ts';
import { RuleEvaluation } from './rule-evaluation.ts';

/** An object, its schema, and what apiextensions-apiserver 0.36 says of it. */
interface Case {
  readonly name: string;
  readonly schema: JsonSchemaProps;
  readonly object: object;
  /** The object before an update. */
  readonly old?: object;
  /** `left`: of the budget of all rules; absent where upstream does not tell what failed expressions have cost. */
  readonly upstream: { readonly errors?: string[]; readonly warnings?: string[]; readonly left?: number };
}

/** One JSON value a line; large parts that several cases share come before them: `{define, value}`. */
function cases(): readonly Case[] {
  const shared = new Map<string, unknown>();
  const lines: any[] = readFileSync(new URL('testing/objects.jsonl', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const whole = (part: any): any => (part?.$ === undefined ? part : shared.get(part.$));
  return lines.flatMap((line) => {
    if (line.define) shared.set(line.define, line.value);
    return line.define ? [] : [{ ...line, schema: whole(line.schema), object: whole(line.object), old: whole(line.old) }];
  });
}

describe('rules of custom resources', () => {
  for (const { name, schema, object, old, upstream } of cases()) {
    it(`answer what upstream answers: ${name}`, () => {
      const warnings: string[] = [];
      const rules = new RuleEvaluation({ warn: (text) => warnings.push(text), ruleMs: Number.POSITIVE_INFINITY });
      const { errors } = compileSchema(schemaFromJsonSchemaProps(schema), { get: () => undefined }).process(structuredClone(object), {
        prune: true,
        applyDefaults: true,
        dialect: 'custom',
        rules,
        ...(old ? { old } : {}),
      });
      while (!rules.proceed());
      assert.deepEqual([...errors, ...rules.errors].map(fieldErrorText).sort(), upstream.errors ?? []);
      assert.deepEqual(warnings.sort(), upstream.warnings ?? []);
      if (upstream.left !== undefined) assert.equal(rules.left, upstream.left);
    });
  }
});
