import { asRoot, type FieldTree, leaf } from './field-tree.ts';
import { elementText } from './path-element.ts';
import type { ListStructure, MapStructure, ScalarKind, Structure } from './structure.ts';
import type { TreeState } from './tree-cache.ts';
import { ElementError, elementOf, type Fields, isMap, kindOf } from './typed-value.ts';

/** What is wrong with a configuration, in upstream's words; the message lists every fault with its path. */
export class TypeFaults extends Error {
  constructor(faults: readonly { readonly path: string; readonly text: string }[]) {
    const lines = faults.map(({ path, text }) => (path === '' ? text : `${path}: ${text}`));
    super(lines.length === 1 ? lines[0] : ['errors:', ...lines.map((line) => `  ${line}`)].join('\n'));
  }
}

const maximumFaults = 100;

/** Deeper configurations are refused: every pass over them recurses. */
const maximumDepth = 500;

/**
 * The fields that an applied configuration speaks of, checked against their types. Repeated items of granular lists are faults unless `allowDuplicates`.
 * Rules: structured-merge-diff's Validate and ToFieldSet. Throws TypeFaults.
 */
export function fieldsOfConfiguration(value: Fields, structure: Structure, options: { readonly allowDuplicates?: boolean } = {}): FieldTree | undefined {
  const walk = new ConfigurationWalk(options.allowDuplicates === true);
  const tree = walk.value(value, structure);
  if (walk.faults.length > 0) throw new TypeFaults(walk.faults);
  return asRoot(tree);
}

class ConfigurationWalk {
  readonly faults: { path: string; text: string }[] = [];
  readonly #allowDuplicates: boolean;
  /** Elements; indexes of atomic lists as numbers. */
  readonly #path: (string | number)[] = [];

  constructor(allowDuplicates: boolean) {
    this.#allowDuplicates = allowDuplicates;
  }

  /** The set of what is inside the value. `isOwn`: the value itself belongs to it, whatever it holds. */
  value(value: unknown, structure: Structure, isOwn = false): FieldTree | undefined {
    if (this.#path.length > maximumDepth) return this.#fault('exceeded max depth');
    switch (kindOf(structure, value)) {
      case 'map':
        return this.#map(value, structure.map!, isOwn);
      case 'list':
        return this.#list(value, structure.list!, isOwn);
      case 'scalar':
        this.#scalar(value, structure.scalar!);
        return leaf;
    }
  }

  #scalar(value: unknown, kind: ScalarKind): void {
    if (value === null) return;
    const type = typeof value;
    if (kind === 'numeric' && type !== 'number') this.#fault(`expected numeric (int or float), got ${goType(value)}`);
    else if (kind === 'string' && type !== 'string') this.#fault(`expected string, got &value.valueUnstructured{Value:${goText(value)}}`);
    else if (kind === 'boolean' && type !== 'boolean') this.#fault(`expected boolean, got &{${goText(value)}}`);
    else if (kind === 'untyped' && type === 'object') this.#fault(`expected any scalar, got &{${goText(value)}}`);
  }

  #map(value: unknown, structure: MapStructure, isOwn: boolean): FieldTree | undefined {
    if (value === null) return isOwn || structure.isAtomic ? leaf : undefined;
    if (!isMap(value)) return this.#fault(`expected map, got &{${goText(value)}}`);
    const cache = isOwn ? structure.whole : structure.partial;
    let state: TreeState | undefined;
    for (const name of Object.keys(value)) {
      const declared = structure.declared(name);
      const type = declared ?? structure.elements;
      this.#path.push(`f:${name}`);
      if (!type) {
        this.#fault('field not declared in schema');
        this.#path.pop();
        break;
      }
      const inner = value[name];
      const tree = this.value(inner, type, declared === undefined || inner === null || (isMap(inner) && Object.keys(inner).length === 0));
      this.#path.pop();
      if (tree) state = cache.step(state, name, tree);
    }
    return structure.isAtomic ? leaf : (cache.finish(state) ?? (isOwn ? leaf : undefined));
  }

  #list(value: unknown, structure: ListStructure, isOwn: boolean): FieldTree | undefined {
    if (value === null) return isOwn || structure.kind === 'atomic' ? leaf : undefined;
    if (!Array.isArray(value)) return this.#fault(`expected list, got &{${goText(value)}}`);
    if (structure.kind !== 'atomic') return this.#items(value, structure, isOwn);
    for (let index = 0; index < value.length; index++) this.#inside(index, value[index], structure.items);
    return leaf;
  }

  #items(items: readonly unknown[], structure: ListStructure, isOwn: boolean): FieldTree | undefined {
    const trees = new Map<string, FieldTree>();
    for (const [index, item] of items.entries()) {
      const element = this.#element(structure, item, index);
      if (element === undefined) break;
      const isRepeated = trees.has(element);
      if (isRepeated && !this.#allowDuplicates) this.#fault(`duplicate entries for key ${elementText(element)}`);
      const tree = this.#inside(element, item, structure.items);
      trees.set(element, isRepeated ? leaf : (tree ?? leaf));
    }
    const cache = isOwn ? structure.whole : structure.partial;
    let state: TreeState | undefined;
    for (const [element, tree] of trees) state = cache.step(state, element, tree);
    return cache.finish(state) ?? (isOwn ? leaf : undefined);
  }

  #element(structure: ListStructure, item: unknown, index: number): string | undefined {
    try {
      return elementOf(structure, item);
    } catch (error) {
      if (!(error instanceof ElementError)) throw error;
      this.#fault(`element ${index}: ${error.message}`);
      return undefined;
    }
  }

  #inside(step: string | number, value: unknown, structure: Structure): FieldTree | undefined {
    this.#path.push(step);
    const tree = this.value(value, structure, true);
    this.#path.pop();
    return tree;
  }

  #fault(text: string): undefined {
    if (this.faults.length >= maximumFaults) return;
    const path = this.#path.map((step) => (typeof step === 'number' ? `[${step}]` : elementText(step)));
    this.faults.push({ path: path.join(''), text });
  }
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'object') return value === null ? '<nil>' : 'map[string]interface {}';
  return typeof value === 'boolean' ? 'bool' : typeof value === 'number' ? 'float64' : 'string';
}

function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  return `map[${Object.entries(value)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, inner]) => `${name}:${goText(inner)}`)
    .join(' ')}]`;
}

/** The same of an object that is stored: its types are good, and repeated items may be. */
export const liveFields = (value: Fields, structure: Structure): FieldTree | undefined => asRoot(new ConfigurationWalk(true).value(value, structure));
