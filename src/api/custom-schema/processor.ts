/** Holds objects of custom resources against their structural schema, as `apiextensions-apiserver` does: first their shape, then their values, then their rules. */
import type { Schema, SchemaSet } from '../schema.ts';
import type { ProcessOptions, ProcessResult } from '../schema-processor.ts';
import type { FieldError } from '../status.ts';
import { CorrelatedValue } from './correlation.ts';
import { embeddedResourceWalk } from './embedded-resources.ts';
import { listTypeWalk } from './list-types.ts';
import { isBlocking, rulesNotChecked, ruleWalk } from './rules.ts';
import { maximumUnknownFields, ShapeRun } from './shape-run.ts';
import { ShapeCompiler } from './shaping.ts';
import { ValidationCompiler } from './validation.ts';
import { type Check, ValidationRun } from './validation-run.ts';

/** The pass for objects of a structural schema. The schema's parts are prepared when objects first need them. */
export function customProcessor(schema: Schema, schemas: SchemaSet): (draft: unknown, options: ProcessOptions) => ProcessResult {
  const root = (schema.ref === undefined ? schema : schemas.get(schema.ref)) ?? {};
  let shape: ReturnType<ShapeCompiler['compileRoot']> | undefined;
  let validate: ReturnType<typeof valueCheck> | undefined;
  return (draft, options) => {
    const run = new ShapeRun(options);
    if (options.only !== 'values' && typeof draft === 'object' && draft !== null) {
      shape ??= new ShapeCompiler(schemas).compileRoot(root);
      run.walk(() => shape!(draft, run, false));
    }
    const unknownFields = [...run.unknownMetadata, ...run.unknownFields.sort(), ...run.unknownEmbedded.sort()].slice(0, maximumUnknownFields);
    if (run.decodeError !== undefined) return { unknownFields, errors: [], decodeError: run.decodeError };
    if (options.only === 'shape') return { unknownFields, errors: [] };
    validate ??= valueCheck(root, schemas);
    return { unknownFields, errors: validate(draft, options) };
  };
}

/** The values of a whole object, or of its status. */
function valueCheck(root: Schema, schemas: SchemaSet): (object: unknown, options: ProcessOptions) => FieldError[] {
  const compiler = new ValidationCompiler(schemas);
  const checkLists = listTypeWalk(root);
  const checkEmbedded = embeddedResourceWalk(root);
  const checkRules = ruleWalk(root);
  const statusSchema = root.properties?.['status'];
  let checkWhole: Check | undefined;
  let checkStatus: Check | undefined;
  return (object, options) => {
    const { old } = options;
    const isStatus = options.part === 'status';
    const part = isStatus ? fieldOf(object, 'status') : object;
    const check = isStatus ? statusSchema && (checkStatus ??= compiler.compile(statusSchema)) : (checkWhole ??= compiler.compile(root));
    const errors =
      check && part !== undefined ? schemaErrors(check, part, { prefix: isStatus ? 'status' : '', correlate: () => correlated(object, root, options) }) : [];
    if (!isStatus) checkEmbedded?.(object, '', { errors, checkMetadata: options.checkMetadata });
    errors.push(...listErrors(checkLists, object, old));
    if (!checkRules || !options.rules) return errors;
    return errors.some(isBlocking) ? [...errors, rulesNotChecked] : [...errors, ...checkRules(object, old, options.rules)];
  };
}

interface Place {
  readonly prefix: string;
  /** The value beside its old one, when there is one. */
  readonly correlate: () => CorrelatedValue | undefined;
}

/** What is wrong with a value. Comparing it with the old one is left until something is. */
function schemaErrors(check: Check, value: unknown, { prefix, correlate }: Place): FieldError[] {
  const run = new ValidationRun(prefix);
  run.walk(check, value);
  if (run.errors.length === 0) return run.errors;
  const correlation = correlate();
  if (!correlation) return distinct(run.errors);
  const again = new ValidationRun(prefix, correlation);
  again.walk(check, value);
  return distinct(again.errors);
}

function correlated(object: unknown, root: Schema, { old, part }: ProcessOptions): CorrelatedValue | undefined {
  if (old === undefined) return undefined;
  const whole = new CorrelatedValue(object, old, root);
  return part === 'status' ? whole.field('status') : whole;
}

/** Lists that were wrong before may stay so. */
function listErrors(check: ReturnType<typeof listTypeWalk>, object: unknown, old: unknown): readonly FieldError[] {
  const errors: FieldError[] = [];
  check?.(object, '', errors);
  if (errors.length === 0 || old === undefined) return errors;
  const before: FieldError[] = [];
  check?.(old, '', before);
  return before.length > 0 ? [] : errors;
}

/** Several parts of a schema may say the same of one value. */
function distinct(errors: readonly FieldError[]): FieldError[] {
  const byPath = new Map<string, FieldError[]>();
  return errors.filter((error) => {
    const there = byPath.get(error.path);
    if (!there) byPath.set(error.path, [error]);
    else if (there.some(({ type, detail }) => type === error.type && detail === error.detail)) return false;
    else there.push(error);
    return true;
  });
}

const fieldOf = (object: unknown, name: string): unknown =>
  typeof object === 'object' && object !== null ? (object as Readonly<Record<string, unknown>>)[name] : undefined;
