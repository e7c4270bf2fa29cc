/** What expressions may use, indexed. */
import type { Environment, EnvironmentOptions } from './compile.ts';
import type { Library, Overload } from './library.ts';
import { type Macro, macroKey } from './macros.ts';
import { standardLibrary } from './standard-library.ts';
import { type Type, typeType } from './types.ts';

/** The inside of an environment, for the engine's own files. */
export interface EnvironmentIndex {
  readonly macros: ReadonlyMap<string, Macro>;
  readonly functions: ReadonlyMap<string, readonly Overload[]>;
  /** The type of a variable, or the type of a type's name: `type(int)`. */
  identifier(name: string): Type | undefined;
  /** Whether the name is a variable's, and not a type's. */
  isVariable(name: string): boolean;
  readonly container: string;
  readonly hasHomogeneousLiterals: boolean;
  readonly hasQuotedFields: boolean;
  readonly presenceTestCost: 0 | 1;
  readonly validatesLiterals: boolean;
}

/** An environment of the standard library and what is given. */
export function createEnvironment(options: EnvironmentOptions): Environment {
  return new IndexedEnvironment(options, standardBase());
}

export function indexOf(environment: Environment): EnvironmentIndex {
  if (environment instanceof IndexedEnvironment) return environment;
  throw new TypeError('an environment of createEnvironment is needed');
}

let standard: Base | undefined;

function standardBase(): Base {
  standard ??= addLibraries({ macros: new Map(), functions: new Map(), types: new Map() }, [standardLibrary]);
  return standard;
}

interface Base {
  readonly macros: ReadonlyMap<string, Macro>;
  readonly functions: ReadonlyMap<string, readonly Overload[]>;
  readonly types: ReadonlyMap<string, Type>;
  readonly parent?: EnvironmentIndex;
}

class IndexedEnvironment implements Environment, EnvironmentIndex {
  readonly macros: ReadonlyMap<string, Macro>;
  readonly functions: ReadonlyMap<string, readonly Overload[]>;
  readonly container: string;
  readonly hasHomogeneousLiterals: boolean;
  readonly hasQuotedFields: boolean;
  readonly presenceTestCost: 0 | 1;
  readonly validatesLiterals: boolean;
  readonly #types: ReadonlyMap<string, Type>;
  readonly #options: EnvironmentOptions;
  readonly #parent: EnvironmentIndex | undefined;

  constructor(options: EnvironmentOptions, base: Base) {
    const { macros, functions, types } = options.libraries?.length ? addLibraries(base, options.libraries) : base;
    this.macros = macros;
    this.functions = functions;
    this.#types = types;
    this.#options = options;
    this.#parent = base.parent;
    this.container = options.container ?? base.parent?.container ?? '';
    this.hasHomogeneousLiterals = options.homogeneousLiterals ?? base.parent?.hasHomogeneousLiterals ?? false;
    this.hasQuotedFields = options.quotedFields ?? base.parent?.hasQuotedFields ?? true;
    this.presenceTestCost = options.presenceTestCost ?? base.parent?.presenceTestCost ?? 1;
    this.validatesLiterals = options.validatesLiterals ?? base.parent?.validatesLiterals ?? false;
  }

  extend(options: EnvironmentOptions): Environment {
    return new IndexedEnvironment(options, { macros: this.macros, functions: this.functions, types: this.#types, parent: this });
  }

  identifier(name: string): Type | undefined {
    const { variables } = this.#options;
    if (variables && Object.hasOwn(variables, name)) return variables[name];
    const type = this.#options.types?.(name);
    if (type) return typeType(type);
    const inherited = this.#parent?.identifier(name);
    if (inherited) return inherited;
    const named = this.#types.get(name);
    return named && typeType(named);
  }

  isVariable(name: string): boolean {
    const { variables, types } = this.#options;
    if (variables && Object.hasOwn(variables, name)) return true;
    return types?.(name) === undefined && (this.#parent?.isVariable(name) ?? false);
  }
}

function addLibraries(base: Base, libraries: readonly Library[]): Base {
  const macros = new Map(base.macros);
  const functions = new Map(base.functions);
  const types = new Map(base.types);
  for (const library of libraries) {
    for (const macro of library.macros ?? []) macros.set(macroKey(macro.name, macro.isMember, macro.argumentCount), macro);
    for (const type of library.types ?? []) types.set(type.name, type);
    for (const { name, overloads } of library.functions ?? []) {
      const added = new Map((functions.get(name) ?? []).map((overload) => [overload.id, overload]));
      for (const overload of overloads) added.set(overload.id, overload);
      functions.set(name, [...added.values()]);
    }
  }
  return { macros, functions, types, parent: base.parent };
}
