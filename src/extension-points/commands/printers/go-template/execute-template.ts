import { goText, sortedKeys } from '../go-values.ts';
import { typeName } from './format-verbs.ts';
import { functions, isTrue } from './functions.ts';
import type { Operand, ParsedTemplate, Pipeline, PipelineCommand, Source, Statement } from './nodes.ts';

const maximumDepth = 1_000;
const maximumOutput = 64 * 1024 * 1024;

/** A fault while a template was filled in, with what had been written until then. */
export class TemplateFailure extends Error {
  readonly written: string;
  constructor(message: string, written: string) {
    super(message);
    this.name = 'TemplateFailure';
    this.written = written;
  }
}

/** Fills a template in. Throws `TemplateFailure` with Go's words. */
export function executeTemplate(template: ParsedTemplate, data: unknown, options: { readonly name: string; readonly allowsMissingKeys: boolean }): string {
  const run = new TemplateRun(template, options);
  try {
    run.execute(template.main, data, options.name);
    return run.output();
  } catch (error) {
    throw new TemplateFailure((error as Error).message, run.output());
  }
}

class LoopExit extends Error {
  readonly kind: 'break' | 'continue';
  constructor(kind: 'break' | 'continue') {
    super(kind);
    this.kind = kind;
  }
}

interface Variable {
  readonly name: string;
  value: unknown;
}

class TemplateRun {
  readonly #template: ParsedTemplate;
  readonly #options: { readonly name: string; readonly allowsMissingKeys: boolean };
  readonly #out: string[] = [];
  #length = 0;
  #depth = 0;
  #name = '';
  #variables: Variable[] = [];

  constructor(template: ParsedTemplate, options: { readonly name: string; readonly allowsMissingKeys: boolean }) {
    this.#template = template;
    this.#options = options;
  }

  output = (): string => this.#out.join('');

  execute(statements: readonly Statement[], data: unknown, name: string): void {
    const [outerName, outerVariables] = [this.#name, this.#variables];
    this.#name = name;
    this.#variables = [{ name: '$', value: data }];
    this.#statements(statements, data);
    this.#name = outerName;
    this.#variables = outerVariables;
  }

  #statements(statements: readonly Statement[], dot: unknown): void {
    for (const statement of statements) this.#statement(statement, dot);
  }

  #statement(statement: Statement, dot: unknown): void {
    switch (statement.kind) {
      case 'text':
        return this.#write(statement.text);
      case 'action': {
        const value = this.#pipeline(statement.pipeline, dot);
        if (statement.pipeline.variables.length === 0) this.#write(value === undefined || value === null ? '<no value>' : goText(value));
        return;
      }
      case 'if':
      case 'with':
        return this.#scope(() => {
          const value = this.#pipeline(statement.pipeline, dot);
          if (isTrue(value)) this.#statements(statement.body, statement.kind === 'with' ? value : dot);
          else this.#statements(statement.otherwise, dot);
        });
      case 'range':
        return this.#scope(() => this.#range(statement, dot));
      case 'template':
        return this.#call(statement, dot);
      default:
        throw new LoopExit(statement.kind);
    }
  }

  #write(text: string): void {
    this.#length += text.length;
    if (this.#length > maximumOutput) throw new Error(`the template makes more than ${maximumOutput} characters`);
    this.#out.push(text);
  }

  /** Variables made inside are gone outside. */
  #scope(work: () => void): void {
    const count = this.#variables.length;
    work();
    this.#variables.length = count;
  }

  #range(statement: Extract<Statement, { kind: 'range' }>, dot: unknown): void {
    const { pipeline } = statement;
    const value = this.#pipeline({ ...pipeline, variables: [] }, dot);
    const entries = entriesOf(value);
    if (!entries) throw this.#failure(pipeline.commands.at(-1)!.operands.at(-1)!.source, `range can't iterate over ${goText(value)}`);
    if (entries.length === 0) return this.#statements(statement.otherwise, dot);
    for (const [key, item] of entries) {
      const count = this.#variables.length;
      const [first, second] = pipeline.variables;
      if (second !== undefined) {
        this.#assign(first!, key, pipeline.declares);
        this.#assign(second, item, pipeline.declares);
      } else if (first !== undefined) this.#assign(first, item, pipeline.declares);
      try {
        this.#statements(statement.body, item);
      } catch (error) {
        if (!(error instanceof LoopExit)) throw error;
        if (error.kind === 'break') return;
      } finally {
        this.#variables.length = count;
      }
    }
  }

  #call({ name, pipeline, source }: Extract<Statement, { kind: 'template' }>, dot: unknown): void {
    const statements = this.#template.named.get(name);
    if (!statements) throw this.#failure(source, `template ${JSON.stringify(name)} not defined`);
    if (++this.#depth > maximumDepth) throw this.#failure(source, `exceeded maximum template depth (${maximumDepth})`);
    this.execute(statements, pipeline ? this.#pipeline(pipeline, dot) : undefined, name);
    this.#depth--;
  }

  #assign(name: string, value: unknown, declares: boolean): void {
    const known = declares ? undefined : this.#variables.findLast((variable) => variable.name === name);
    if (known) known.value = value;
    else this.#variables.push({ name, value });
  }

  #pipeline({ commands, variables, declares }: Pipeline, dot: unknown): unknown {
    let value: unknown;
    for (const [index, command] of commands.entries()) value = this.#command(command, dot, index > 0 ? [value] : []);
    for (const name of variables) this.#assign(name, value, declares);
    return value;
  }

  /** `piped` is the value of the command before, which becomes the last argument. */
  #command({ operands, source }: PipelineCommand, dot: unknown, piped: readonly unknown[]): unknown {
    const [first, ...rest] = operands;
    if (first!.kind === 'function') return this.#function(first!.name, rest, dot, piped, source);
    if (rest.length > 0 || piped.length > 0) {
      const what =
        first!.kind === 'field'
          ? `${first!.names.at(-1)} is not a method but has arguments`
          : `can't give argument to non-function ${first!.source.text.replace(/^\((.*)\)$/s, '$1')}`;
      throw this.#failure(first!.kind === 'pipeline' ? source : first!.source, what);
    }
    return this.#operand(first!, dot);
  }

  #function(name: string, operands: readonly Operand[], dot: unknown, piped: readonly unknown[], source: Source): unknown {
    const count = operands.length + piped.length;
    if (name === 'and' || name === 'or') {
      if (count === 0) throw this.#failure(source, `wrong number of args for ${name}: want at least 1 got 0`);
      let value: unknown;
      for (const operand of operands) {
        value = this.#operand(operand, dot);
        if (isTrue(value) === (name === 'or')) return value;
      }
      return piped.length > 0 ? piped[0] : value;
    }
    const wanted = argumentCounts[name];
    if (wanted && (count < wanted[0] || count > wanted[1]))
      throw this.#failure(
        { ...source, text: name },
        `wrong number of args for ${name}: want ${wanted[1] === Infinity ? `at least ${wanted[0]}` : wanted[0]} got ${count}`,
      );
    const args = [...operands.map((operand) => this.#operand(operand, dot)), ...piped];
    if (takesText.has(name)) this.#requireText(args[0], operands[0], source);
    if (name === 'call' && operands[0]) throw this.#failure(source, `error calling call: non-function ${operands[0].source.text} of type ${typeName(args[0])}`);
    try {
      return functions[name]!(...args);
    } catch (error) {
      throw this.#failure(source, `error calling ${name}: ${(error as Error).message}`);
    }
  }

  #requireText(value: unknown, operand: Operand | undefined, source: Source): void {
    if (typeof value === 'string') return;
    const where = operand?.source ?? source;
    if (operand?.kind === 'constant') throw this.#failure(where, `expected string; found ${where.text}`);
    if (value === undefined || value === null) throw this.#failure(where, 'invalid value; expected string');
    throw this.#failure(where, `wrong type for value; expected string; got ${typeName(value)}`);
  }

  #operand(operand: Operand, dot: unknown): unknown {
    switch (operand.kind) {
      case 'dot':
        return dot;
      case 'nil':
        throw this.#failure(operand.source, 'nil is not a command');
      case 'constant':
        return operand.value;
      case 'field':
        return this.#fields(dot, operand.names, operand.source);
      case 'variable':
        return this.#fields(this.#variables.findLast(({ name }) => name === operand.name)?.value, operand.names, operand.source);
      case 'pipeline':
        return this.#fields(this.#pipeline(operand.pipeline, dot), operand.names, operand.source);
      case 'function':
        return this.#function(operand.name, [], dot, [], operand.source);
    }
  }

  #fields(start: unknown, names: readonly string[], source: Source): unknown {
    let value = start;
    for (const name of names) {
      if (value === undefined) {
        // What is missing has no fields either.
        if (this.#options.allowsMissingKeys) return undefined;
        throw this.#failure(source, `nil data; no entry for key ${JSON.stringify(name)}`);
      }
      if (value === null) throw this.#failure(source, `nil pointer evaluating interface {}.${name}`);
      if (typeof value !== 'object' || Array.isArray(value))
        throw this.#failure(source, `can't evaluate field ${name} in type ${typeName(value) === '[]interface {}' ? '[]interface {}' : 'interface {}'}`);
      const fields = value as Record<string, unknown>;
      if (!Object.hasOwn(fields, name) && !this.#options.allowsMissingKeys) throw this.#failure(source, `map has no entry for key ${JSON.stringify(name)}`);
      value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    }
    return value;
  }

  #failure({ line, column, text }: Source, message: string): Error {
    return new Error(`template: ${this.#options.name}:${line}:${column}: executing ${JSON.stringify(this.#name)} at <${text}>: ${message}`);
  }
}

/** How many arguments functions want; those not named here take any number. */
const argumentCounts: Readonly<Record<string, readonly [least: number, most: number]>> = {
  not: [1, 1],
  len: [1, 1],
  index: [1, Infinity],
  slice: [1, Infinity],
  printf: [1, Infinity],
  eq: [1, Infinity],
  ne: [2, 2],
  lt: [2, 2],
  le: [2, 2],
  gt: [2, 2],
  ge: [2, 2],
  call: [1, Infinity],
  exists: [1, Infinity],
  base64decode: [1, 1],
};

/** Functions whose first argument must be a text. */
const takesText: ReadonlySet<string> = new Set(['printf', 'base64decode']);

const maximumCount = 1_000_000;

/** What a range goes through: items by index, fields sorted by name, numbers below a number. */
function entriesOf(value: unknown): (readonly [unknown, unknown])[] | undefined {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map((item: unknown, index) => [index, item] as const);
  if (typeof value === 'number' && Number.isInteger(value) && value <= maximumCount)
    return Array.from({ length: Math.max(0, value) }, (_, index) => [index, index] as const);
  if (typeof value !== 'object') return undefined;
  const fields = value as Record<string, unknown>;
  return sortedKeys(fields).map((name) => [name, fields[name]] as const);
}
