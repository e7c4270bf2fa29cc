/** What names mean at a place in an expression: variables of loops, then the environment's, from the container outwards. */
import type { Expression } from './ast.ts';
import type { EnvironmentIndex } from './environment.ts';
import type { Overload } from './library.ts';
import type { Type } from './types.ts';

interface Scope {
  readonly name: string;
  readonly type: Type;
  readonly outer: Scope | undefined;
}

export class NameScope {
  readonly #environment: EnvironmentIndex;
  #scope: Scope | undefined;

  constructor(environment: EnvironmentIndex) {
    this.#environment = environment;
  }

  /** Adds a variable of a loop; what is returned leaves its scope, and those entered since. */
  enter(name: string, type: Type): () => void {
    const outer = this.#scope;
    this.#scope = { name, type, outer };
    return () => {
      this.#scope = outer;
    };
  }

  /** A name as it may be meant: in the container, then outwards; only as it stands when it starts with a dot. */
  *#candidates(name: string): Iterable<string> {
    if (name.startsWith('.')) {
      yield name.slice(1);
      return;
    }
    for (let { container } = this.#environment; container !== ''; container = container.slice(0, Math.max(0, container.lastIndexOf('.'))))
      yield `${container}.${name}`;
    yield name;
  }

  find(name: string): { name: string; type: Type } | undefined {
    for (let scope = this.#scope; scope && !name.startsWith('.'); scope = scope.outer) if (scope.name === name) return scope;
    for (const candidate of this.#candidates(name)) {
      const type = this.#environment.identifier(candidate);
      // A root variable that a loop's variable hides keeps its dot.
      if (type) return { name: name.startsWith('.') ? `.${candidate}` : candidate, type };
    }
    return undefined;
  }

  findFunction(name: string): { name: string; overloads: readonly Overload[] } | undefined {
    for (const candidate of this.#candidates(name)) {
      const overloads = this.#environment.functions.get(candidate);
      if (overloads) return { name: candidate, overloads };
    }
    return undefined;
  }

  /** Whether the first part of a qualified name is a loop's variable, which comes before the environment's. */
  isLocal(name: string): boolean {
    const [first] = name.split('.', 1);
    for (let scope = this.#scope; scope; scope = scope.outer) if (scope.name === first) return true;
    return false;
  }
}

/** `a.b.c` as a name; undefined when it is no chain of names. */
export function qualifiedName(expression: Expression): string | undefined {
  if (expression.kind === 'identifier') return expression.name;
  if (expression.kind !== 'select' || expression.isPresenceTest) return undefined;
  const prefix = qualifiedName(expression.operand);
  return prefix === undefined ? undefined : `${prefix}.${expression.field}`;
}
