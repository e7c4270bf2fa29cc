/** When two values are equal (cel-spec, "Equality"): numbers by value whatever their type, otherwise only values of one type. */
import {
  Double,
  Duration,
  EvaluationError,
  fromNative,
  List,
  MapValue,
  ObjectValue,
  OpaqueValue,
  OptionalValue,
  Timestamp,
  TypeValue,
  Uint,
  type Value,
} from './values.ts';

/** Values that share parts may be far larger than the memory they take; comparing them stops here. */
const maximumSteps = 5_000_000;

/** JSON may nest deeper than the stack bears. */
const maximumDepth = 1_000;

let steps = 0;
let depth = 0;

/** Whether two values are equal. Throws EvaluationError when there is too much to compare. */
export function isEqual(left: Value, right: Value): boolean {
  if (typeof left !== 'object' || left === null) {
    if (left === right) return true;
    if (typeof right !== 'object' || right === null) return false;
    return isEqualNumber(left, right);
  }
  steps = 0;
  depth = 0;
  return compare(left, right);
}

function compare(left: Value, right: Value): boolean {
  if (++steps > maximumSteps || depth > maximumDepth) throw new EvaluationError('operation interrupted', 'interrupted');
  depth++;
  const isSame = compareParts(left, right);
  depth--;
  return isSame;
}

function compareParts(left: Value, right: Value): boolean {
  if (left === right) return !(left instanceof Double) || !Number.isNaN(left.value);
  if (typeof left !== 'object' || left === null) return typeof right === 'object' && right !== null && isEqualNumber(left, right);
  if (typeof right !== 'object' || right === null) return isEqualNumber(right, left);
  if (left instanceof List) return right instanceof List && areListsEqual(left, right);
  if (left instanceof MapValue) return right instanceof MapValue && areMapsEqual(left, right);
  if (left instanceof ObjectValue) return right instanceof ObjectValue && areObjectsEqual(left, right);
  if (left instanceof Double || left instanceof Uint) return isEqualNumber(left, right);
  if (left instanceof Timestamp) return right instanceof Timestamp && left.seconds === right.seconds && left.nanoseconds === right.nanoseconds;
  if (left instanceof Duration) return right instanceof Duration && left.nanoseconds === right.nanoseconds;
  if (left instanceof Uint8Array) return right instanceof Uint8Array && Buffer.compare(left, right) === 0;
  if (left instanceof TypeValue) return right instanceof TypeValue && left.type.name === right.type.name;
  if (left instanceof OptionalValue) return right instanceof OptionalValue && areOptionalsEqual(left, right);
  return left instanceof OpaqueValue && right instanceof OpaqueValue && left.equals(right);
}

/** An int beside a uint or a double, or two of these. */
function isEqualNumber(left: Value, right: Value): boolean {
  if (typeof left === 'number' || typeof left === 'bigint') {
    return (right instanceof Double || right instanceof Uint) && isSameNumber(left, right.value);
  }
  if (!(left instanceof Double || left instanceof Uint)) return false;
  if (typeof right === 'number' || typeof right === 'bigint') return isSameNumber(left.value, right);
  return (right instanceof Double || right instanceof Uint) && isSameNumber(left.value, right.value);
}

/** An integer beyond 2^53 beside a double is compared as a double, as upstream does it. */
const isSameNumber = (left: number | bigint, right: number | bigint): boolean =>
  typeof left === typeof right ? left === right : Number(left) === Number(right);

function areListsEqual(left: List, right: List): boolean {
  if (left.equals) return left.equals(right);
  const { size } = left;
  if (size !== right.size) return false;
  for (let at = 0; at < size; at++) if (!compare(left.at(at), right.at(at))) return false;
  return true;
}

function areMapsEqual(left: MapValue, right: MapValue): boolean {
  if (left.size !== right.size) return false;
  for (const [key, value] of left.entries()) {
    const other = right.get(key);
    if (other === undefined || !compare(value, other)) return false;
  }
  return true;
}

function areObjectsEqual(left: ObjectValue, right: ObjectValue): boolean {
  if (left.type.name !== right.type.name) return false;
  if (left.native === right.native && left.type === right.type) return true; // JSON holds no NaN
  if (left.type.equals) return left.type.equals(left.native, right.native);
  for (const name of left.type.fieldNames()) {
    const field = left.type.field(name);
    if (!field) continue;
    const property = field.property ?? name;
    const leftNative = left.native[property];
    const rightNative = right.native[property];
    if (leftNative === undefined || rightNative === undefined) {
      if (leftNative !== rightNative) return false;
      continue;
    }
    const convert = field.convert ?? fromNative(field.type);
    if (!compare(convert(leftNative), convert(rightNative))) return false;
  }
  return true;
}

function areOptionalsEqual(left: OptionalValue, right: OptionalValue): boolean {
  if (left.value === undefined || right.value === undefined) return left.value === right.value;
  return compare(left.value, right.value);
}
