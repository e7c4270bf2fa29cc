/** What is known about the sizes of the values of an expression while its cost is summed up. */
import type { Expression } from '../ast.ts';
import type { Checked } from '../compile.ts';
import type { Estimate } from '../library.ts';
import { isOptionalType, type Type } from '../types.ts';
import type { EstimateOptions } from './estimate.ts';
import { Path } from './path.ts';
import { exactly, one, union, unknownSize } from './range.ts';

/** The sizes of the keys and values of a list or map that the expression makes. The keys of a list are its indexes. */
export interface EntrySizes {
  readonly isList: boolean;
  readonly key: Estimate;
  readonly value: Estimate;
}

/** A variable of a comprehension. */
interface LocalVariable {
  readonly path: Path;
  readonly size: Estimate | undefined;
  readonly entries: EntrySizes | undefined;
}

export class Sizes {
  readonly #checked: Checked;
  readonly #sizeOf: EstimateOptions['sizeOf'];
  readonly #locals = new Map<string, LocalVariable[]>();
  readonly #paths = new Map<number, Path>();
  readonly #sizes = new Map<number, Estimate>();
  readonly #entries = new Map<number, EntrySizes>();

  constructor(checked: Checked, sizeOf: EstimateOptions['sizeOf']) {
    this.#checked = checked;
    this.#sizeOf = sizeOf;
  }

  /** Makes a local variable known while `within` runs. */
  declare(name: string, variable: LocalVariable): void {
    const stack = this.#locals.get(name);
    if (stack) stack.push(variable);
    else this.#locals.set(name, [variable]);
  }

  forget(name: string): void {
    this.#locals.get(name)?.pop();
  }

  local(name: string): LocalVariable | undefined {
    return this.#locals.get(name)?.at(-1);
  }

  pathOf(expression: Expression): Path {
    const local = expression.kind === 'identifier' ? this.local(expression.name) : undefined;
    return local?.path ?? this.#paths.get(expression.id) ?? Path.none;
  }

  setPath(expression: Expression, path: Path): void {
    this.#paths.set(expression.id, path);
  }

  /** What is told of a place now. */
  sizeAt(path: Path): Estimate | undefined {
    return path.length > 0 ? this.#sizeOf?.(path.names) : undefined;
  }

  setSize(expression: Expression, size: Estimate | undefined): void {
    if (size) this.#sizes.set(expression.id, size);
  }

  sizeOf(expression: Expression): Estimate | undefined {
    const known = this.#sizes.get(expression.id) ?? literalSize(expression);
    if (known) return known;
    const told = this.sizeAt(this.pathOf(expression));
    if (told) {
      this.#sizes.set(expression.id, told);
      return told;
    }
    if (isScalar(this.#checked.typeOf(expression))) return one;
    return expression.kind === 'identifier' ? this.local(expression.name)?.size : undefined;
  }

  sizeOrUnknown(expression: Expression): Estimate {
    return this.sizeOf(expression) ?? unknownSize;
  }

  setEntries(expression: Expression, entries: EntrySizes | undefined): void {
    if (entries) this.#entries.set(expression.id, entries);
  }

  entriesOf(expression: Expression): EntrySizes | undefined {
    const known = this.#entries.get(expression.id);
    if (known || expression.kind !== 'identifier') return known;
    return this.local(expression.name)?.entries;
  }

  /** Takes over what is known of another expression. */
  copy(from: Expression, to: Expression): void {
    this.setSize(to, this.sizeOf(from));
    this.setEntries(to, this.entriesOf(from));
  }
}

export function unionOfEntries(left: EntrySizes | undefined, right: EntrySizes | undefined): EntrySizes | undefined {
  if (!left || !right) return undefined;
  return { isList: left.isList, key: union(left.key, right.key), value: union(left.value, right.value) };
}

function literalSize(expression: Expression): Estimate | undefined {
  switch (expression.kind) {
    case 'list':
      return exactly(expression.elements.length);
    case 'map':
      return exactly(expression.entries.length);
    case 'literal':
      if (typeof expression.value === 'string') return exactly([...expression.value].length);
      return expression.value instanceof Uint8Array ? exactly(expression.value.length) : one;
    default:
      return undefined;
  }
}

const scalars = new Set(['bool', 'double', 'duration', 'int', 'timestamp', 'uint']);

/** Whether values of the type have no size of their own. */
function isScalar(type: Type): boolean {
  const { kind, parameters } = type;
  return scalars.has(kind) || (isOptionalType(type) && parameters[0] !== undefined && isScalar(parameters[0]));
}
