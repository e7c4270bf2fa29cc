/** One operation of a JSON patch (RFC 6902). */
export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

/**
 * The JSON patch that makes `after` of `before`, two JSON values. Parts that both share are not looked at, so the cost is that of what changed. Arrays are compared place by
 * place. Values in the answer are those of `after` themselves.
 */
export function patchBetween(before: unknown, after: unknown): PatchOperation[] {
  const operations: PatchOperation[] = [];
  compare(before, after, { path: '', operations });
  return operations;
}

interface Place {
  readonly path: string;
  readonly operations: PatchOperation[];
}

function compare(before: unknown, after: unknown, place: Place): void {
  if (before === after) return;
  if (Array.isArray(before) && Array.isArray(after)) return compareArrays(before, after, place);
  if (isObject(before) && isObject(after)) return compareObjects(before, after, place);
  place.operations.push({ op: 'replace', path: place.path, value: after });
}

function compareObjects(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>, { path, operations }: Place): void {
  for (const key of Object.keys(before)) if (!hasValue(after, key) && hasValue(before, key)) operations.push({ op: 'remove', path: `${path}/${escaped(key)}` });
  for (const key of Object.keys(after)) {
    if (!hasValue(after, key)) continue;
    const inner = `${path}/${escaped(key)}`;
    if (hasValue(before, key)) compare(before[key], after[key], { path: inner, operations });
    else operations.push({ op: 'add', path: inner, value: after[key] });
  }
}

function compareArrays(before: readonly unknown[], after: readonly unknown[], { path, operations }: Place): void {
  const common = Math.min(before.length, after.length);
  for (let index = 0; index < common; index++) compare(before[index], after[index], { path: `${path}/${index}`, operations });
  for (let index = before.length - 1; index >= common; index--) operations.push({ op: 'remove', path: `${path}/${index}` });
  for (let index = common; index < after.length; index++) operations.push({ op: 'add', path: `${path}/${index}`, value: after[index] });
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const hasValue = (object: Readonly<Record<string, unknown>>, key: string): boolean => Object.hasOwn(object, key) && object[key] !== undefined;
const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
