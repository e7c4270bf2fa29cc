/** Lists, maps and objects written in expressions. What holds only constants is made once and costs nothing, as upstream optimises it. */
import type { ListLiteral, MapLiteral, StructLiteral } from './ast.ts';
import { type Compiled, constant, type ExpressionCompiler } from './expression-compiler.ts';
import type { Closure } from './frame.ts';
import { formatForMessage } from './message-format.ts';
import { isObjectType } from './types.ts';
import { typeName } from './value-types.ts';
import { EntryMap, EvaluationError, List, OptionalValue, type Value } from './values.ts';

const listCost = 10;
const mapCost = 30;
const structCost = 40;

export function compileList(compiler: ExpressionCompiler, { elements, optionalIndexes }: ListLiteral): Compiled {
  const compiled = elements.map((element) => compiler.value(element));
  if (optionalIndexes.length === 0 && compiled.every((element) => element.constant)) {
    return constant(new List(compiled.map((element) => element.constant?.value as Value)));
  }
  const runs = compiled.map(({ run }) => run);
  const [only] = runs;
  if (only && runs.length === 1 && optionalIndexes.length === 0) {
    return {
      run: (frame) => {
        const item = only(frame);
        frame.charge(listCost);
        return new List([item]);
      },
    };
  }
  const optional = new Set(optionalIndexes);
  const isOptional = runs.map((_, at) => optional.has(at));
  const run: Closure = (frame) => {
    const items: Value[] = [];
    for (let at = 0; at < runs.length; at++) {
      const item = (runs[at] as Closure)(frame);
      if (!isOptional[at]) items.push(item);
      else if (!(item instanceof OptionalValue)) {
        throw new EvaluationError(`cannot initialize optional list element from non-optional value ${formatForMessage(item)}`);
      } else if (item.value !== undefined) items.push(item.value);
    }
    frame.charge(listCost);
    return new List(items);
  };
  return { run };
}

export function compileMap(compiler: ExpressionCompiler, { entries }: MapLiteral): Compiled {
  const compiled = entries.map((entry) => ({ key: compiler.value(entry.key), value: compiler.value(entry.value), isOptional: entry.isOptional }));
  const build = (read: (part: Compiled) => Value): EntryMap => {
    const map = new EntryMap();
    for (const { key, value, isOptional } of compiled) {
      const entryKey = read(key);
      const entryValue = unwrapEntry(entryKey, read(value), isOptional);
      if (entryValue === undefined) continue;
      if (!isMapKey(entryKey)) throw new EvaluationError(`unsupported key type: ${typeName(entryKey)}`);
      if (!map.add(entryKey, entryValue)) throw new EvaluationError(`Failed with repeated key: ${formatForMessage(entryKey)}`);
    }
    return map;
  };
  if (compiled.every(({ key, value, isOptional }) => key.constant && value.constant && isMapKey(key.constant.value) && !isOptional)) {
    const identities = new Set(compiled.map(({ key }) => formatForMessage(key.constant?.value as Value)));
    if (identities.size === compiled.length) return constant(build((part) => part.constant?.value as Value));
  }
  return {
    run: (frame) => {
      const map = build((part) => part.run(frame));
      frame.charge(mapCost);
      return map;
    },
  };
}

export function compileStruct(compiler: ExpressionCompiler, expression: StructLiteral): Compiled {
  const type = compiler.typeOf(expression);
  const create = isObjectType(type) ? type.create?.bind(type) : undefined;
  if (!create) throw new EvaluationError(`'${expression.typeName}' is not a message type`);
  const fields = expression.fields.map(({ name, value, isOptional }) => ({ name, run: compiler.value(value).run, isOptional }));
  return {
    run: (frame) => {
      const values = new Map<string, Value>();
      for (const { name, run, isOptional } of fields) {
        const value = unwrapEntry(name, run(frame), isOptional);
        if (value !== undefined) values.set(name, value);
      }
      frame.charge(structCost);
      return create(values);
    },
  };
}

/** Undefined: an optional entry without a value. */
function unwrapEntry(key: Value, value: Value, isOptional: boolean): Value | undefined {
  if (!isOptional) return value;
  if (value instanceof OptionalValue) return value.value;
  throw new EvaluationError(`cannot initialize optional entry '${formatForMessage(key)}' from non-optional value ${formatForMessage(value)}`);
}

function isMapKey(key: Value): boolean {
  return ['string', 'boolean', 'number', 'bigint'].includes(typeof key) || typeName(key) === 'uint';
}
