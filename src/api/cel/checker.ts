/** Tree to typed tree: resolves names and overloads, and reports in cel-go's words. */
import type { Call, Comprehension, Expression, ListLiteral, MapLiteral, Select, StructLiteral } from './ast.ts';
import type { Checked, Environment, Parsed, Rejected } from './compile.ts';
import { type EnvironmentIndex, indexOf } from './environment.ts';
import { type Problem, reject } from './issues.ts';
import type { Overload } from './library.ts';
import { literalProblems } from './literal-validation.ts';
import { NameScope, qualifiedName } from './name-scope.ts';
import { instantiate } from './overload-instantiation.ts';
import { parse } from './parser.ts';
import { isDyn, isDynOrError, mostGeneral, Substitution, TypeTooComplex, unwrapOptional } from './type-unification.ts';
import {
  boolType,
  dynType,
  errorType,
  formatType,
  intType,
  isObjectType,
  isOptionalType,
  isSameType,
  listType,
  mapType,
  optionalType,
  type Type,
} from './types.ts';
import { typeOfValue } from './value-types.ts';

/** Checks a source (which is parsed first) or a parsed tree. Never throws for what the source says. */
export function check(source: string | Parsed, environment: Environment): Checked | Rejected {
  const parsed = typeof source === 'string' ? parse(source, environment) : source;
  if (parsed.kind === 'rejected') return parsed;
  const checker = new Checker(indexOf(environment), false);
  try {
    const expression = checker.check(parsed.expression);
    if (checker.problems.length > 0) return reject(parsed.source, checker.problems);
    const checked = resultOf(parsed, expression, environment, checker);
    const problems = literalProblems(checked, indexOf(environment));
    return problems.length > 0 ? reject(parsed.source, problems) : checked;
  } catch (error) {
    if (error instanceof TypeTooComplex) return reject(parsed.source, [{ message: error.message, offset: -1 }]);
    throw error;
  }
}

/** Takes a parsed tree as it is: names are resolved where they can be, everything has the type dyn, and what is wrong fails as it is evaluated. */
export function assumeDynamic(parsed: Parsed, environment: Environment): Checked {
  const checker = new Checker(indexOf(environment), true);
  return resultOf(parsed, checker.check(parsed.expression), environment, checker);
}

function resultOf(parsed: Parsed, expression: Expression, environment: Environment, checker: Checker): Checked {
  const { types, overloads } = checker.finish();
  return {
    kind: 'checked',
    source: parsed.source,
    expression,
    type: types[expression.id] ?? dynType,
    environment,
    lastId: parsed.lastId,
    typeOf: ({ id }) => types[id] ?? dynType,
    overloadsOf: ({ id }) => overloads[id] ?? [],
  };
}

class Checker {
  readonly problems: Problem[] = [];
  readonly #environment: EnvironmentIndex;
  readonly #names: NameScope;
  readonly #substitution = new Substitution();
  /** By id. */
  readonly #types: Type[] = [];
  readonly #overloads: (readonly Overload[])[] = [];

  readonly #isLenient: boolean;

  constructor(environment: EnvironmentIndex, isLenient: boolean) {
    this.#environment = environment;
    this.#names = new NameScope(environment);
    this.#isLenient = isLenient;
  }

  finish(): { types: readonly Type[]; overloads: readonly (readonly Overload[])[] } {
    return { types: this.#types.map((type) => this.#substitution.apply(type, true)), overloads: this.#overloads };
  }

  check(expression: Expression): Expression {
    switch (expression.kind) {
      case 'literal':
        return this.#typed(expression, typeOfValue(expression.value));
      case 'identifier': {
        const found = this.#names.find(expression.name);
        if (found) return this.#typed({ ...expression, name: found.name }, found.type);
        return this.#undeclared(expression, expression.name);
      }
      case 'select':
        return this.#select(expression);
      case 'call':
        return this.#call(expression);
      case 'list':
        return this.#list(expression);
      case 'map':
        return this.#map(expression);
      case 'struct':
        return this.#struct(expression);
      case 'comprehension':
        return this.#comprehension(expression);
    }
  }

  #typed<T extends Expression>(expression: T, type: Type): T {
    // The types of types' names are kept: they are what makes them names.
    this.#types[expression.id] = this.#isLenient && !(type.kind === 'type' && expression.kind === 'identifier') && !isObjectType(type) ? dynType : type;
    return expression;
  }

  #typeOf(expression: Expression): Type {
    return this.#types[expression.id] ?? dynType;
  }

  #report(message: string, { offset }: { readonly offset: number }): void {
    if (!this.#isLenient) this.problems.push({ message, offset });
  }

  #undeclared(expression: Expression, name: string): Expression {
    this.#report(`undeclared reference to '${name}' (in container '${this.#environment.container}')`, expression);
    return this.#typed(expression, errorType);
  }

  #mismatch(at: Expression, expected: Type, actual: Type): void {
    this.#report(`expected type '${formatType(expected)}' but found '${formatType(actual)}'`, at);
  }

  #select(expression: Select): Expression {
    const qualified = expression.isPresenceTest ? undefined : qualifiedName(expression);
    const found = qualified === undefined || this.#names.isLocal(qualified) ? undefined : this.#names.find(qualified);
    if (found) return this.#typed({ kind: 'identifier', id: expression.id, offset: expression.offset, name: found.name }, found.type);
    const operand = this.check(expression.operand);
    const type = this.#fieldType(expression, operand, expression.field, false);
    return this.#typed({ ...expression, operand }, expression.isPresenceTest ? boolType : this.#substitution.apply(type));
  }

  #fieldType(expression: Expression, operand: Expression, field: string, isOptional: boolean): Type {
    const operandType = this.#substitution.apply(this.#typeOf(operand));
    const target = unwrapOptional(operandType);
    let result: Type = dynType;
    if (target.kind === 'map') result = target.parameters[1] as Type;
    else if (isObjectType(target)) result = this.#objectField(expression, target, field);
    else if (target.kind === 'parameter') this.#substitution.isAssignable(dynType, target);
    else if (!isDynOrError(target)) this.#report(`type '${formatType(target)}' does not support field selection`, expression);
    return isOptional || isOptionalType(operandType) ? optionalType(result) : result;
  }

  #objectField(at: { readonly offset: number }, type: Type, name: string): Type {
    const field = isObjectType(type) ? type.field(name) : undefined;
    if (field) return field.type;
    this.#report(`undefined field '${name}'`, at);
    return errorType;
  }

  #call(expression: Call): Expression {
    if (expression.name === '_?._') return this.#optionalSelect(expression);
    const values = expression.arguments.map((value) => this.check(value));
    if (!expression.target) {
      const found = this.#names.findFunction(expression.name);
      if (!found) return this.#undeclared(expression, expression.name);
      return this.#resolve({ ...expression, name: found.name, arguments: values }, found.overloads);
    }
    const prefix = qualifiedName(expression.target);
    const namespaced = prefix === undefined ? undefined : this.#names.findFunction(`${prefix}.${expression.name}`);
    if (namespaced) return this.#resolve({ ...expression, name: namespaced.name, target: undefined, arguments: values }, namespaced.overloads);
    const target = this.check(expression.target);
    const found = this.#names.findFunction(expression.name);
    if (!found) return this.#undeclared({ ...expression, target, arguments: values }, expression.name);
    return this.#resolve({ ...expression, target, arguments: values }, found.overloads);
  }

  #optionalSelect(expression: Call): Expression {
    const [operandArgument, field] = expression.arguments;
    if (!this.#environment.functions.has('_?._')) {
      this.#report("unsupported syntax '.?'", expression);
      return this.#typed(expression, errorType);
    }
    const operand = this.check(operandArgument as Expression);
    this.check(field as Expression);
    const type = this.#fieldType(expression, operand, field?.kind === 'literal' ? String(field.value) : '', true);
    return this.#typed({ ...expression, arguments: [operand, field as Expression] }, this.#substitution.apply(type));
  }

  #resolve(expression: Call, overloads: readonly Overload[]): Expression {
    const isMember = expression.target !== undefined;
    const values = expression.target ? [expression.target, ...expression.arguments] : expression.arguments;
    const types = values.map((value) => this.#typeOf(value));
    if (expression.name === '_&&_' || expression.name === '_||_') return this.#logical(expression, types, overloads);
    const matching: Overload[] = [];
    let result: Type | undefined;
    for (const overload of overloads) {
      if ((overload.isMember ?? false) !== isMember) continue;
      const fresh = instantiate(overload, this.#substitution);
      if (!this.#substitution.areAssignable(types, fresh.parameters)) continue;
      matching.push(overload);
      const overloadResult = this.#substitution.apply(fresh.result);
      if (!result) result = overloadResult;
      else if (!isDyn(result) && !isSameType(overloadResult, result)) result = dynType;
    }
    if (!result) {
      const texts = types.map((type) => formatType(this.#substitution.apply(type, true)));
      const signature = isMember ? `${texts[0]}.(${texts.slice(1).join(', ')})` : `(${texts.join(', ')})`;
      this.#report(`found no matching overload for '${expression.name}' applied to '${signature}'`, expression);
      return this.#typed(expression, errorType);
    }
    this.#overloads[expression.id] = matching;
    return this.#typed(expression, result);
  }

  #logical(expression: Call, types: readonly Type[], overloads: readonly Overload[]): Expression {
    let isWrong = false;
    for (const [at, type] of types.entries()) {
      if (this.#substitution.isAssignable(type, boolType)) continue;
      this.#mismatch(expression.arguments[at] as Expression, boolType, type);
      isWrong = true;
    }
    this.#overloads[expression.id] = overloads;
    return this.#typed(expression, isWrong ? errorType : boolType);
  }

  #optionalElement(isOptional: boolean, value: Expression): Type {
    const type = this.#typeOf(value);
    if (!isOptional) return type;
    const applied = this.#substitution.apply(type);
    if (!isOptionalType(applied) && !isDyn(applied)) this.#mismatch(value, optionalType(applied), applied);
    return unwrapOptional(applied);
  }

  #join(previous: Type | undefined, current: Type): Type {
    if (!previous) return current;
    if (!this.#substitution.isAssignable(previous, current)) return dynType;
    // Null says nothing of what else may stand beside it.
    return current.kind === 'null' ? previous : mostGeneral(previous, current);
  }

  #list(expression: ListLiteral): Expression {
    let type: Type | undefined;
    const optional = new Set(expression.optionalIndexes);
    const elements = expression.elements.map((element, at) => {
      const checked = this.check(element);
      type = this.#join(type, this.#optionalElement(optional.has(at), checked));
      return checked;
    });
    return this.#typed({ ...expression, elements }, listType(type ?? this.#substitution.newVariable()));
  }

  #map(expression: MapLiteral): Expression {
    let keyType: Type | undefined;
    let valueType: Type | undefined;
    const entries = expression.entries.map((entry) => {
      const key = this.check(entry.key);
      keyType = this.#join(keyType, this.#typeOf(key));
      const value = this.check(entry.value);
      valueType = this.#join(valueType, this.#optionalElement(entry.isOptional, value));
      return { ...entry, key, value };
    });
    return this.#typed({ ...expression, entries }, mapType(keyType ?? this.#substitution.newVariable(), valueType ?? this.#substitution.newVariable()));
  }

  #struct(expression: StructLiteral): Expression {
    const found = this.#names.find(expression.typeName);
    if (!found) return this.#undeclared(expression, expression.typeName);
    let type: Type = errorType;
    if (found.type.kind !== 'type') this.#report(`'${formatType(found.type)}' is not a type`, expression);
    else {
      const named = found.type.parameters[0] ?? errorType;
      if (isObjectType(named) && named.create) type = named;
      else this.#report(`'${named.name}' is not a message type`, expression);
    }
    const fields = expression.fields.map((field) => {
      const value = this.check(field.value);
      const valueType = this.#optionalElement(field.isOptional, value);
      if (type === errorType) this.#report(`unexpected failed resolution of '${found.name}'`, field);
      else {
        const fieldType = this.#objectField(field, type, field.name);
        if (!this.#substitution.isAssignable(fieldType, valueType)) {
          this.#report(`expected type of field '${field.name}' is '${formatType(fieldType)}' but provided type is '${formatType(valueType)}'`, field);
        }
      }
      return { ...field, value };
    });
    return this.#typed({ ...expression, typeName: found.name.replace(/^\./, ''), fields }, type);
  }

  #comprehension(expression: Comprehension): Expression {
    const range = this.check(expression.range);
    const initial = this.check(expression.initial);
    const accumulatorType = this.#typeOf(initial);
    const [first, second] = this.#loopTypes(expression, range);
    const leaveAccumulator = this.#names.enter(expression.accumulator, accumulatorType);
    const leaveVariable = this.#names.enter(expression.variable, first);
    if (expression.secondVariable !== undefined) this.#names.enter(expression.secondVariable, second);
    const condition = this.check(expression.condition);
    this.#assertType(condition, boolType);
    const step = this.check(expression.step);
    this.#assertType(step, accumulatorType);
    leaveVariable();
    const result = this.check(expression.result);
    leaveAccumulator();
    return this.#typed({ ...expression, range, initial, condition, step, result }, this.#substitution.apply(this.#typeOf(result)));
  }

  #loopTypes(expression: Comprehension, range: Expression): readonly [Type, Type] {
    const type = this.#substitution.apply(this.#typeOf(range));
    const [first = dynType, second = dynType] = type.parameters;
    switch (type.kind) {
      case 'list':
        return expression.secondVariable === undefined ? [first, dynType] : [intType, first];
      case 'map':
        return [first, second];
      case 'dyn':
      case 'error':
      case 'parameter':
        this.#substitution.isAssignable(dynType, type);
        return [dynType, dynType];
      default:
        this.#report(`expression of type '${formatType(type)}' cannot be range of a comprehension (must be list, map, or dynamic)`, range);
        return [errorType, errorType];
    }
  }

  #assertType(expression: Expression, type: Type): void {
    const found = this.#typeOf(expression);
    if (!this.#substitution.isAssignable(type, found)) this.#mismatch(expression, type, found);
  }
}
