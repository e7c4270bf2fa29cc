/**
 * JSON patch (RFC 6902) as upstream's server applies it: negative array indices count from the end, `test` of an absent field equals null, the root cannot be replaced,
 * a patch has at most 10,000 operations.
 */
import { ApiError, badRequest, tooLarge } from './status.ts';

export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly path: string; readonly from: string };

/** Upstream's limit. */
export const maximumJsonPatchOperations = 10_000;
/** How much text all `copy` operations of one patch may add (upstream's default for 3 MiB requests). */
const maximumCopiedLength = 3 * 1024 * 1024;

/** Reads a patch. Throws a 400 for one that is malformed and a 413 for one with too many operations. */
export function parseJsonPatch(patch: unknown): readonly JsonPatchOperation[] {
  if (!Array.isArray(patch)) throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  if (patch.length > maximumJsonPatchOperations) {
    throw tooLarge(`The allowed maximum operations in a JSON patch is ${maximumJsonPatchOperations}, got ${patch.length}`);
  }
  return patch.map(parseOperation);
}

/**
 * The document that the patch makes of `document`. Neither is changed; the result shares what the patch left alone.
 * Throws the errors of `parseJsonPatch`, and upstream's 422 when an operation cannot be applied; its `cause` says which and why.
 */
export function applyJsonPatch<T extends object>(document: T, patch: unknown): T {
  const operations = parseJsonPatch(patch);
  const editor = new Editor(document);
  for (const operation of operations) apply(editor, operation);
  return editor.root as T;
}

function parseOperation(operation: unknown): JsonPatchOperation {
  if (typeof operation !== 'object' || operation === null || Array.isArray(operation))
    throw badRequest('error decoding patch: json: cannot unmarshal value into Go value of type jsonpatch.Operation');
  const { op, path, from, value } = operation as Readonly<Record<string, unknown>>;
  if (typeof path !== 'string') throw cannotApply(`operation missing path field: missing value`);
  switch (op) {
    case 'add':
    case 'replace':
    case 'test':
      return { op, path, value: value ?? null };
    case 'remove':
      return { op, path };
    case 'move':
    case 'copy':
      if (typeof from !== 'string') throw cannotApply('operation, missing from field: missing value');
      return { op, path, from };
    default:
      throw cannotApply(`Unexpected kind: ${String(op ?? 'unknown')}`);
  }
}

/** Upstream's answer to any patch that does not fit the object. */
const cannotApply = (why: string): ApiError =>
  new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', { details: {}, cause: new Error(why) });

function apply(editor: Editor, operation: JsonPatchOperation): void {
  const { op, path } = operation;
  switch (op) {
    case 'add':
      return editor.add(path, operation.value, op);
    case 'remove':
      return void editor.remove(path, op);
    case 'replace':
      return editor.replace(path, operation.value);
    case 'move':
      return editor.move(operation.from, path);
    case 'copy':
      return editor.copy(operation.from, path);
    case 'test':
      if (!equals(editor.get(path), operation.value)) throw cannotApply(`testing value ${path} failed: test failed`);
  }
}

type Container = Record<string, unknown> | unknown[];

/** A document being patched: copies a container the first time it changes it. */
class Editor {
  root: unknown;
  readonly #owned = new Set<object>();
  #copiedLength = 0;

  constructor(document: unknown) {
    this.root = document;
  }

  /** What stands at a path; undefined for nothing, and for what an absent parent would hold. */
  get(path: string): unknown {
    if (path === '') return this.root;
    let value = this.root;
    for (const key of keysOf(path)) {
      if (Array.isArray(value)) value = value[existingIndex(value, key)];
      else if (isObject(value)) value = Object.hasOwn(value, key) ? value[key] : undefined;
      else return undefined;
    }
    return value;
  }

  add(path: string, value: unknown, op: string): void {
    const { container, key } = this.#parent(path, op);
    if (!Array.isArray(container)) return define(container, key, value);
    if (key === '-') return void container.push(value);
    const index = indexOf(key);
    const at = index < 0 ? index + container.length + 1 : index;
    if (at < 0 || at > container.length)
      throw cannotApply(
        `add operation does not apply: doc is missing path: ${JSON.stringify(path)}: Unable to access invalid index: ${index}: invalid index referenced`,
      );
    container.splice(at, 0, value);
  }

  remove(path: string, op: string): unknown {
    const { container, key } = this.#parent(path, op);
    if (Array.isArray(container)) return container.splice(existingIndex(container, key), 1)[0];
    if (!Object.hasOwn(container, key)) throw cannotApply(`error in remove for path: '${path}': Unable to remove nonexistent key: ${key}: missing value`);
    const value = container[key];
    delete container[key];
    return value;
  }

  replace(path: string, value: unknown): void {
    const { container, key } = this.#parent(path, 'replace');
    if (Array.isArray(container)) container[existingIndex(container, key)] = value;
    else if (Object.hasOwn(container, key)) define(container, key, value);
    else throw cannotApply(`replace operation does not apply: doc is missing key: ${path}: missing value`);
  }

  move(from: string, path: string): void {
    if (path.startsWith(`${from}/`)) throw cannotApply('error in move for path: a value cannot be moved into itself');
    this.add(path, this.remove(from, 'move'), 'move');
  }

  copy(from: string, path: string): void {
    const value = this.get(from);
    if (value === undefined) throw cannotApply(`copy operation does not apply: doc is missing from path: "${from}": missing value`);
    this.#copiedLength += JSON.stringify(value).length;
    if (this.#copiedLength > maximumCopiedLength) {
      throw cannotApply(
        `Unable to complete the copy, the accumulated size increase of copy is ${this.#copiedLength}, exceeding the limit ${maximumCopiedLength}`,
      );
    }
    // From now on both places hold it, so neither may change it in place.
    this.#disown(value);
    this.add(path, value, 'copy');
  }

  #disown(value: unknown): void {
    if (typeof value !== 'object' || value === null || !this.#owned.delete(value)) return;
    for (const inner of Object.values(value)) this.#disown(inner);
  }

  /** The container that holds the last key of a path, ready to be changed. */
  #parent(path: string, op: string): { container: Container; key: string } {
    const missing = (): ApiError => cannotApply(`${op} operation does not apply: doc is missing path: ${JSON.stringify(path)}: missing value`);
    const keys = path === '' ? [] : keysOf(path);
    if (keys.length === 0) throw missing();
    let container = this.#own(this.root, (copy) => (this.root = copy));
    for (const key of keys.slice(0, -1)) {
      if (!container) throw missing();
      const holder: Container = container;
      const place = Array.isArray(holder) ? existingIndex(holder, key) : key;
      const inner = Array.isArray(holder) ? holder[Number(place)] : Object.hasOwn(holder, key) ? holder[key] : undefined;
      container = this.#own(inner, (copy) => (Array.isArray(holder) ? (holder[Number(place)] = copy) : define(holder, key, copy)));
    }
    if (!container) throw missing();
    return { container, key: keys.at(-1)! };
  }

  #own(value: unknown, put: (copy: Container) => void): Container | undefined {
    if (!Array.isArray(value) && !isObject(value)) return undefined;
    if (this.#owned.has(value)) return value;
    const copy: Container = Array.isArray(value) ? [...value] : { ...value };
    this.#owned.add(copy);
    put(copy);
    return copy;
  }
}

/** The keys of a JSON pointer (RFC 6901). */
function keysOf(path: string): string[] {
  if (!path.startsWith('/')) throw cannotApply(`doc is missing path: ${JSON.stringify(path)}: missing value`);
  return path
    .slice(1)
    .split('/')
    .map((key) => (key.includes('~') ? key.replaceAll('~1', '/').replaceAll('~0', '~') : key));
}

function indexOf(key: string): number {
  if (!/^-?\d{1,9}$/.test(key)) throw cannotApply(`strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`);
  return Number(key);
}

function existingIndex(list: readonly unknown[], key: string): number {
  const index = indexOf(key);
  const at = index < 0 ? index + list.length : index;
  if (at < 0 || at >= list.length) throw cannotApply(`Unable to access invalid index: ${index}: invalid index referenced`);
  return at;
}

function define(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  else object[key] = value;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Equality of JSON values; an absent one equals null. */
function equals(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (left === undefined || left === null) return right === undefined || right === null;
  if (Array.isArray(left)) return Array.isArray(right) && left.length === right.length && left.every((item, index) => equals(item, right[index]));
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => Object.hasOwn(right, key) && equals(left[key], right[key]));
}
