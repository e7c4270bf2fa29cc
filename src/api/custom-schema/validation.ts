/**
 * Checks values against structural schemas. Rules, order and texts are those of `k8s.io/kube-openapi/pkg/validation/validate` as apiextensions uses it: a value of the wrong type is
 * still held against the rest of its schema.
 */
import type { Schema, SchemaSet } from '../schema.ts';
import { compositionCheck, isComposed } from './composition.ts';
import { hasDuplicates } from './duplicates.ts';
import { enumCheck } from './enums.ts';
import { checkedFormat } from './formats.ts';
import { numberCheck } from './numbers.ts';
import { stringCheck } from './strings.ts';
import { typeCheck } from './types.ts';
import type { Check, ValidationRun } from './validation-run.ts';

export interface ValidationOptions {
  /** Defaults are validated as upstream does: formats it does not know still say which JSON types a value may not have, and int-or-string goes unchecked. */
  readonly asDefault: boolean;
}

/** Makes checks of schemas; each part of a schema is compiled when the first value of it arrives. */
export class ValidationCompiler {
  readonly #schemas: SchemaSet;
  readonly #options: ValidationOptions;
  readonly #shared = new Map<string, Check>();

  constructor(schemas: SchemaSet, options: ValidationOptions = { asDefault: false }) {
    this.#schemas = schemas;
    this.#options = options;
  }

  compile(schema: Schema): Check {
    if (schema.ref !== undefined) return this.#reference(schema.ref);
    const types = typesOf(schema, this.#options);
    const format = this.#options.asDefault ? (schema.format ?? '') : checkedFormat(schema.format, types);
    const isType = typeCheck(types, format, schema.nullable === true);
    const composition = isComposed(schema) ? compositionCheck(schema, (part) => this.compile(part)) : undefined;
    const ofText = stringCheck(schema, format);
    const ofNumber = numberCheck(schema, types, format);
    const isListed = enumCheck(schema);
    const ofList = this.#listCheck(schema);
    const ofObject = this.#objectCheck(schema);
    return (value, run) => {
      const isRight = isType === undefined || isType(value, run);
      if (value === null) {
        isListed?.(value, run);
        return isRight ? 1 : 0;
      }
      // Every part that applies counts, and so does the whole.
      let matches = 4 + (isType ? (isRight ? 2 : 1) : 0) + (composition ? composition(value, run) : 0);
      if (typeof value === 'string') matches += ofText ? ofText(value, run) : 1;
      else if (typeof value === 'number') {
        matches += 2;
        ofNumber?.(value, run);
      } else if (Array.isArray(value)) matches += 2 + (ofList ? ofList(value, run) : 0);
      isListed?.(value, run);
      if (typeof value === 'object' && !Array.isArray(value)) matches += 1 + (ofObject ? ofObject(value as Fields, run) : 0);
      return matches;
    };
  }

  #reference(id: string): Check {
    const known = this.#shared.get(id);
    if (known) return known;
    let target: Check | undefined;
    const check: Check = (value, run) => {
      const schema = this.#schemas.get(id);
      if (!schema) throw new Error(`no schema is called ${id}`);
      return (target ??= this.compile(schema))(value, run);
    };
    this.#shared.set(id, check);
    return check;
  }

  #listCheck({ items, minItems, maxItems, uniqueItems }: Schema): ((list: readonly unknown[], run: ValidationRun) => number) | undefined {
    if (!items && minItems === undefined && maxItems === undefined && !uniqueItems) return undefined;
    let ofItem: Check | undefined;
    return (list, run) => {
      let matches = 0;
      if (items) {
        ofItem ??= this.compile(items);
        for (let index = 0; index < list.length; index++) matches += run.visitItem(index, ofItem, list[index]);
      }
      if (minItems !== undefined && list.length < minItems) reportRule(run, list.length, `should have at least ${minItems} items`);
      if (maxItems !== undefined && list.length > maxItems) reportTooMany(run, list.length, maxItems);
      if (uniqueItems && hasDuplicates(list)) reportRule(run, '', "shouldn't contain duplicates");
      return matches;
    };
  }

  #objectCheck(schema: Schema): ((object: Fields, run: ValidationRun) => number) | undefined {
    const { properties, additionalProperties, required, minProperties, maxProperties } = schema;
    const others = typeof additionalProperties === 'object' ? additionalProperties : undefined;
    const isClosed = additionalProperties === false;
    if (!properties && !others && !isClosed && !required?.length && minProperties === undefined && maxProperties === undefined) return undefined;
    const checks = new Map<string, Check>();
    let ofOthers: Check | undefined;
    const checkOf = (name: string): Check | undefined => {
      const known = checks.get(name);
      if (known) return known;
      if (!properties || !Object.hasOwn(properties, name)) return others && (ofOthers ??= this.compile(others));
      const check = this.compile(properties[name]!);
      checks.set(name, check);
      return check;
    };
    return (object, run) => {
      let matches = 0;
      const names = Object.keys(object);
      if (minProperties !== undefined && names.length < minProperties) reportRule(run, names.length, `should have at least ${minProperties} properties`);
      if (maxProperties !== undefined && names.length > maxProperties) reportTooMany(run, names.length, maxProperties);
      for (const name of names) {
        const check = checkOf(name);
        if (check) matches += run.visitField(name, check, object[name], check === ofOthers);
        else if (isClosed) run.report('FieldValueInvalid', { value: name, detail: `${run.path.text()}.${name} in body is a forbidden property` });
      }
      if (required) for (const name of required) if (!Object.hasOwn(object, name)) run.report('FieldValueRequired', { at: name, detail: '' });
      return matches;
    };
  }
}

type Fields = Readonly<Record<string, unknown>>;

const typesOf = ({ type, intOrString }: Schema, { asDefault }: ValidationOptions): readonly string[] => {
  if (intOrString && !asDefault) return ['integer', 'string'];
  return type === undefined ? [] : [type];
};

function reportRule(run: ValidationRun, value: unknown, rule: string): void {
  run.report('FieldValueInvalid', { value, detail: `${run.path.text()} in body ${rule}` });
}

function reportTooMany(run: ValidationRun, count: number, maximum: number): void {
  run.report('FieldValueTooMany', { value: count, detail: `must have at most ${maximum} ${maximum === 1 ? 'item' : 'items'}` });
}
