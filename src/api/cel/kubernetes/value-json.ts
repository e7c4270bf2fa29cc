/** Values of expressions as JSON: what the patches of mutating policies put into objects. */
import { formatDuration } from '../duration.ts';
import { formatTimestamp } from '../timestamp.ts';
import { typeName } from '../value-types.ts';
import { Double, Duration, EvaluationError, List, MapValue, ObjectValue, OptionalValue, Timestamp, Uint, type Value } from '../values.ts';
import { jsonPatchType } from './mutation-types.ts';

/** A step of a JSON patch (RFC 6902). */
export interface PatchStep {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** The patch that a list of `JSONPatch` objects stands for. Throws an EvaluationError for values that are no JSON. */
export function patchSteps(steps: Value): readonly PatchStep[] {
  if (!(steps instanceof List)) throw new EvaluationError('type mismatch: JSONPatchType.expression should evaluate to array');
  return steps.values().map((step) => {
    if (!(step instanceof ObjectValue) || step.type.name !== jsonPatchType.name) {
      throw new EvaluationError(`type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch, got element of ${typeName(step)}`);
    }
    const { op = '', path = '', from, value } = step.native as Readonly<Record<string, Value | undefined>>;
    checkTypeNames(value);
    return { op: String(op), path: String(path), ...(from !== undefined && { from: String(from) }), ...(value !== undefined && { value: valueToJson(value) }) };
  });
}

/** A value as JSON, as protobuf's JSON has it: integers that a number does not hold are text, bytes are base64. Throws an EvaluationError. */
export function valueToJson(value: Value): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint) return value.value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value.value) : String(value.value);
  if (value instanceof Double && Number.isFinite(value.value)) return value.value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) return formatDuration(value);
  if (value instanceof OptionalValue && value.value !== undefined) return valueToJson(value.value);
  if (value instanceof List) return value.values().map(valueToJson);
  if (value instanceof MapValue) return Object.fromEntries([...value.entries()].map(([key, item]) => [keyText(key), valueToJson(item)]));
  if (value instanceof ObjectValue) return objectToJson(value);
  throw new EvaluationError(`JSONPath valueExpression evaluated to a type that could not marshal to JSON: ${typeName(value)}`);
}

const keyText = (key: Value): string => (key instanceof Uint ? String(key.value) : String(key as string | number | bigint | boolean));

/** Objects of a schema are JSON already; those that expressions made hold values. */
function objectToJson({ native, type }: ObjectValue): unknown {
  if (!type.create) return native;
  return Object.fromEntries(Object.entries(native).map(([name, item]) => [name, valueToJson(item as Value)]));
}

/**
 * Whether the names of the types of objects within objects follow the names of the fields: `Object.spec` in the field `spec` of an `Object`. Throws an EvaluationError
 * with upstream's text.
 */
export function checkTypeNames(value: Value | undefined): void {
  if (!(value instanceof ObjectValue) || !value.type.create) return;
  const problems = misnamed(value, value.type.name);
  if (problems.length > 0) throw new EvaluationError(`type mismatch: ${problems.join('\n')}`);
}

function misnamed(value: unknown, expected: string): string[] {
  if (value instanceof List) return value.values().flatMap((item) => misnamed(item, expected));
  if (value instanceof MapValue) return [...value.entries()].flatMap(([, item]) => misnamed(item, expected));
  if (!(value instanceof ObjectValue) || !value.type.create) return [];
  const { name } = value.type;
  const own = name === expected ? [] : [`unexpected type name "${name}", expected "${expected}", which matches field name path from root Object type`];
  return [...own, ...Object.entries(value.native).flatMap(([field, item]) => misnamed(item, `${expected}.${field}`))];
}
