/**
 * Holds objects against schemas: drops unknown fields, fills defaults, checks what is left, in one pass over a draft. Schemas are compiled to closures, each part when it is
 * first needed, so a large CustomResourceDefinition costs nothing until objects of it arrive.
 */

import { decodeProcessor } from './built-in-decoding.ts';
import type { MetadataCheck } from './custom-schema/embedded-resources.ts';
import { customProcessor } from './custom-schema/processor.ts';
import type { RuleRunner } from './custom-schema/rules.ts';
import type { Schema, SchemaSet } from './schema.ts';
import type { FieldError } from './status.ts';

export interface ProcessOptions {
  /** Remove unknown fields from the draft. They are named either way. */
  readonly prune: boolean;
  /** Fill absent fields that have a `default`. */
  readonly applyDefaults: boolean;
  /**
   * `built-in`: the draft is decoded as upstream decodes a Go struct. Wrong JSON types are one decode error, null is absence, enums and required fields are left to the domain's
   * validation. `custom`: a structural schema's whole vocabulary holds, and every violation is a field error.
   */
  readonly dialect: 'built-in' | 'custom';

  // What follows is for the `custom` dialect.

  /** `shape`: prune and fill defaults, and do not look at values. `values`: only look, at an object that has its shape already and may be frozen. Default: both. */
  readonly only?: 'shape' | 'values';
  /** Read what is stored: metadata of embedded resources that cannot be read is dropped rather than refused. */
  readonly dropsMalformed?: boolean;
  /** The object before an update: errors of what has not changed do not count. */
  readonly old?: unknown;
  /** Hold only the status against its schema, as `/status` does. Lists and rules of the whole object are checked all the same. Default: the whole object. */
  readonly part?: 'status';
  /** Evaluates the schema's rules when nothing stands against it; without it they are left alone. */
  readonly rules?: RuleRunner;
  /** Checks the metadata of embedded resources. */
  readonly checkMetadata?: MetadataCheck;
}

export interface ProcessResult {
  /** Paths such as `spec.foo` and `spec.containers[0].foo`, at most 100. */
  readonly unknownFields: readonly string[];
  /** Violations of the schema; only with the `custom` dialect. */
  readonly errors: readonly FieldError[];
  /** Why the draft cannot be read at all, in Go's words: a 400. What the pass did to the draft until then stays done. */
  readonly decodeError?: string;
}

export interface CompiledSchema {
  /** Works on the draft in place. The draft must be a JSON value that shares nothing with other objects. */
  process(draft: unknown, options: ProcessOptions): ProcessResult;
}

const compiled = new WeakMap<SchemaSet, WeakMap<Schema, CompiledSchema>>();

/** Prepares a schema of whole objects; references are looked up in `schemas`. Compiling the same schema again answers the same object. */
export function compileSchema(schema: Schema, schemas: SchemaSet): CompiledSchema {
  let known = compiled.get(schemas);
  if (!known) compiled.set(schemas, (known = new WeakMap()));
  const existing = known.get(schema);
  if (existing) return existing;
  let builtIn: ReturnType<typeof decodeProcessor> | undefined;
  let custom: ReturnType<typeof customProcessor> | undefined;
  const result: CompiledSchema = {
    process: (draft, options) =>
      options.dialect === 'built-in'
        ? (builtIn ??= decodeProcessor(schema, schemas))(draft, options)
        : (custom ??= customProcessor(schema, schemas))(draft, options),
  };
  known.set(schema, result);
  return result;
}
