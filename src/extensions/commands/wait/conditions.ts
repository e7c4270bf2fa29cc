import type { UntypedObject } from '../../../api/object.ts';
import { goText } from '../../../extension-points/commands/printers/go-values.ts';
import { findResults } from '../../../extension-points/commands/printers/jsonpath/evaluate-jsonpath.ts';
import { parseJsonPath } from '../../../extension-points/commands/printers/jsonpath/parse-jsonpath.ts';
import { relaxedPath } from '../../../extension-points/commands/printers/relaxed-path.ts';

/** What an object is waited for; `holds` throws where the question makes no sense. */
export type Condition = { readonly kind: 'create' } | { readonly kind: 'delete' } | { readonly kind: 'state'; holds(object: UntypedObject): boolean };

/** Reads the values of `--for`. Throws with kubectl's words. */
export function parseConditions(texts: readonly string[]): Condition[] {
  if (texts.length === 0) throw new Error('unrecognized condition: []');
  return texts.map(parseCondition);
}

function parseCondition(text: string): Condition {
  const lower = text.toLowerCase();
  if (lower === 'delete' || lower === 'create') return { kind: lower };
  if (text.startsWith('condition=')) {
    const [, name = '', status = 'true'] = /^([^=]*)(?:=(.*))?$/s.exec(text.slice('condition='.length)) ?? [];
    return { kind: 'state', holds: (object) => hasCondition(object, name, status) };
  }
  if (text.startsWith('jsonpath=')) return pathCondition(text.slice('jsonpath='.length));
  throw new Error(`unrecognized condition: ${JSON.stringify(text)}`);
}

interface ObjectCondition {
  readonly type?: unknown;
  readonly status?: unknown;
  readonly observedGeneration?: number;
}

/** A condition that tells of an older generation does not count. */
function hasCondition(object: UntypedObject, name: string, status: string): boolean {
  const { conditions, observedGeneration } = (object['status'] ?? {}) as { conditions?: unknown; observedGeneration?: number };
  if (conditions === undefined || conditions === null) return false;
  if (!Array.isArray(conditions))
    throw new Error(`.status.conditions accessor error: ${goText(conditions)} is of the type ${goType(conditions)}, expected []interface{}`);
  const condition = (conditions as ObjectCondition[]).find(({ type, status: found }) => isSame(type, name) && typeof found === 'string');
  if (!condition) return false;
  const generation = object.metadata.generation;
  const observed = condition.observedGeneration ?? observedGeneration;
  return generation !== undefined && observed !== undefined && observed < generation ? false : isSame(condition.status, status);
}

const isSame = (one: unknown, other: string): boolean => typeof one === 'string' && one.toLowerCase() === other.toLowerCase();

function goType(value: unknown): string {
  if (typeof value === 'object') return 'map[string]interface {}';
  return typeof value === 'boolean' ? 'bool' : typeof value === 'number' ? 'int64' : 'string';
}

function pathCondition(text: string): Condition {
  const parts = splitAtEquals(text);
  if (parts.length > 2) throw new Error("jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'");
  const expression = relaxedPath(parts[0]!);
  const value = parts[1]?.replace(/^['"]+|['"]+$/g, '');
  if (value === '') throw new Error("jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3");
  if (expression === '') throw new Error('jsonpath expression cannot be empty');
  const path = parseJsonPath(expression);
  return { kind: 'state', holds: (object) => isFound(findResults(path, object, { allowsMissingKeys: true }), value) };
}

/** At `=`, but not at `==`. */
function splitAtEquals(text: string): string[] {
  const parts = [''];
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== '=') parts[parts.length - 1] += text[at]!;
    else if (text[at + 1] === '=') {
      parts[parts.length - 1] += '==';
      at++;
    } else parts.push('');
  }
  return parts;
}

function isFound(results: readonly (readonly unknown[])[], value: string | undefined): boolean {
  const [first] = results;
  if (!first || first.length === 0) return false;
  if (results.length > 1) throw new Error('given jsonpath expression matches more than one list');
  if (first.length > 1) throw new Error('given jsonpath expression matches more than one value');
  if (value === undefined) return true;
  if (typeof first[0] === 'object' && first[0] !== null) throw new Error('jsonpath leads to a nested object or list which is not supported');
  return goText(first[0]).trim() === value.trim();
}
