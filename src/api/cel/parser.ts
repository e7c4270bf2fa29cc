/** Source text to tree (cel-spec, "Syntax"; cel-go's limits and texts). */
import type { Expression, MapLiteral, StructLiteral } from './ast.ts';
import type { Environment, Parsed, Rejected } from './compile.ts';
import { createEnvironment, indexOf } from './environment.ts';
import { ExpressionFactory, TooManyNodes } from './expression-factory.ts';
import { argumentStart, expressionStart, indexStart, products, relations, reserved, sums } from './grammar.ts';
import { type Problem, reject } from './issues.ts';
import { type Token, tokenize } from './lexer.ts';
import { readLiteral } from './literals.ts';
import { type Macro, macroKey } from './macros.ts';
import { Stop, TokenCursor } from './token-cursor.ts';

const maximumCodePoints = 100_000;
const maximumDepth = 250;

/** Reads an expression. The environment says which macros there are. Never throws. */
export function parse(source: string, environment: Environment = createEnvironment({})): Parsed | Rejected {
  // A code point has at most two units: short texts need no counting.
  const size = source.length > maximumCodePoints ? [...source].length : 0;
  if (size > maximumCodePoints) {
    return reject(source, [{ message: `expression code point size exceeds limit: size: ${size}, limit ${maximumCodePoints}`, offset: -1 }]);
  }
  const problems: Problem[] = [];
  const parser = new Parser(tokenize(source, problems), problems, indexOf(environment).macros, indexOf(environment).hasQuotedFields);
  const expression = parser.parse();
  if (problems.length > 0 || !expression) return reject(source, problems);
  return { kind: 'parsed', source, expression, lastId: parser.create.lastId };
}

class Parser extends TokenCursor {
  readonly create = new ExpressionFactory();
  readonly #problems: Problem[];
  readonly #macros: ReadonlyMap<string, Macro>;
  readonly #hasQuotedFields: boolean;
  #depth = 0;
  /** What may stand here, for messages. */
  #start = expressionStart;
  /** The depth of the tree made of each node, for chains of operators, which need no nesting in the text. */
  readonly #heights = new WeakMap<Expression, number>();

  constructor(tokens: readonly Token[], problems: Problem[], macros: ReadonlyMap<string, Macro>, hasQuotedFields: boolean) {
    super(tokens, problems);
    this.#problems = problems;
    this.#macros = macros;
    this.#hasQuotedFields = hasQuotedFields;
  }

  parse(): Expression | undefined {
    try {
      const expression = this.#expression();
      this.requireEnd();
      return expression;
    } catch (error) {
      if (error instanceof TooManyNodes) this.#problems.push({ message: error.message, offset: -1 });
      else if (!(error instanceof Stop)) throw error;
      return undefined;
    }
  }

  #report(message: string, offset: number): Expression {
    this.#problems.push({ message, offset });
    return this.create.literal(null, offset);
  }

  #expression(): Expression {
    if (++this.#depth > maximumDepth) this.#tooDeep();
    const condition = this.#chain('||', '_||_', () => this.#chain('&&', '_&&_', () => this.#relation()));
    const mark = this.accept('?');
    let result = condition;
    if (mark) {
      const yes = this.#chain('||', '_||_', () => this.#chain('&&', '_&&_', () => this.#relation()));
      this.require(':');
      const no = this.#expression();
      result = this.#call('_?_:_', [condition, yes, no], mark.offset);
    }
    this.#depth--;
    return result;
  }

  #tooDeep(message = `expression recursion limit exceeded: ${maximumDepth}`): never {
    this.#problems.push({ message, offset: -1 });
    throw new Stop();
  }

  /** Terms of `&&` or `||`, as a balanced tree, so that long chains are not deep. */
  #chain(operator: string, name: string, term: () => Expression): Expression {
    const terms = [term()];
    const offsets: number[] = [];
    for (let token = this.accept(operator); token; token = this.accept(operator)) {
      offsets.push(token.offset);
      terms.push(term());
    }
    if (offsets.length === 0) return terms[0] as Expression;
    const balance = (low: number, high: number): Expression => {
      const middle = (low + high + 1) >> 1;
      const left = middle === low ? (terms[middle] as Expression) : balance(low, middle - 1);
      const right = middle === high ? (terms[middle + 1] as Expression) : balance(middle + 1, high);
      return this.create.call(name, [left, right], offsets[middle] as number);
    };
    return balance(0, offsets.length - 1);
  }

  #binary(operators: Readonly<Record<string, string>>, operand: () => Expression): Expression {
    let left = operand();
    for (;;) {
      const { kind, text, offset } = this.token;
      const name = kind === 'operator' || kind === 'keyword' ? operators[text] : undefined;
      if (name === undefined || !Object.hasOwn(operators, text)) return left;
      this.next();
      const right = operand();
      left = this.#grown(this.#call(name, [left, right], offset), left, right);
    }
  }

  #grown(node: Expression, ...parts: readonly Expression[]): Expression {
    const height = 1 + Math.max(...parts.map((part) => this.#heights.get(part) ?? 0));
    if (height > maximumDepth) this.#tooDeep('max recursion depth exceeded');
    this.#heights.set(node, height);
    return node;
  }

  #relation(): Expression {
    return this.#binary(relations, () => this.#binary(sums, () => this.#binary(products, () => this.#unary())));
  }

  #unary(): Expression {
    const first = this.token;
    if (first.kind !== 'operator' || (first.text !== '!' && first.text !== '-')) return this.#member();
    if (first.text === '-') {
      const literal = this.ahead(1) as Token;
      if (literal.kind === 'integer' || literal.kind === 'double') return this.#member();
    }
    let count = 0;
    for (; this.accept(first.text); count++);
    if (this.is('!')) this.unexpected(`no viable alternative at input '${first.text.repeat(count)}!'`);
    const operand = this.#member();
    return count % 2 === 0 ? operand : this.#call(first.text === '!' ? '!_' : '-_', [operand], first.offset);
  }

  #member(): Expression {
    let operand = this.#primary();
    for (;;) {
      const token = this.token;
      if (token.kind !== 'operator') return operand;
      const inner = operand;
      if (token.text === '.') operand = this.#selection(operand);
      else if (token.text === '[') operand = this.#index(operand);
      else return operand;
      this.#grown(operand, inner);
    }
  }

  #selection(operand: Expression): Expression {
    const dot = this.next();
    const isOptional = this.accept('?') !== undefined;
    const field = this.#fieldName();
    const open = this.token;
    if (!isOptional && field.kind === 'identifier' && this.accept('(')) {
      return this.#memberCall(field.text, operand, this.#arguments(')'), open.offset);
    }
    const name = this.#readFieldName(field);
    if (isOptional) return this.create.call('_?._', [operand, this.create.literal(name, field.offset)], dot.offset);
    return this.create.select(operand, name, dot.offset);
  }

  #fieldName(): Token {
    if (this.token.kind === 'identifier' || this.token.kind === 'quoted-identifier') return this.next();
    const { kind, text } = this.token;
    return this.unexpected(
      kind === 'keyword' && text !== 'in'
        ? `mismatched input '${text}' expecting IDENTIFIER`
        : `no viable alternative at input '.${kind === 'end' ? '' : text}'`,
    );
  }

  #readFieldName(token: Token): string {
    if (token.kind !== 'quoted-identifier') return token.text;
    if (!this.#hasQuotedFields) this.#report("unsupported syntax: '`'", token.offset);
    return token.text.slice(1, -1);
  }

  #index(operand: Expression): Expression {
    const open = this.next();
    const isOptional = this.accept('?') !== undefined;
    this.#start = indexStart;
    const index = this.#expression();
    this.require(']');
    return this.create.call(isOptional ? '_[?_]' : '_[_]', [operand, index], open.offset);
  }

  #primary(): Expression {
    const token = this.token;
    const start = this.#start;
    this.#start = expressionStart;
    switch (token.kind) {
      case 'identifier':
        return this.#name();
      case 'operator':
        return this.#punctuated(token, start);
      case 'keyword':
        if (token.text === 'in') break;
        this.next();
        return this.create.literal(token.text === 'null' ? null : token.text === 'true', token.offset);
      case 'integer':
      case 'double':
      case 'unsigned':
      case 'string':
      case 'bytes':
        this.next();
        return this.#literal(token, token.text);
      default:
    }
    return this.#noExpression(token, start);
  }

  #noExpression(token: Token, start: string): never {
    const following = this.ahead(1);
    const isOneTooMany =
      following !== undefined &&
      (/^(?:integer|double|unsigned|string|bytes|identifier)$/.test(following.kind) || /^(?:[[{(.!-]|true|false|null)$/.test(following.text));
    this.unexpected(`${isOneTooMany ? 'extraneous' : 'mismatched'} input '${token.text}' expecting ${start}`);
  }

  #punctuated(token: Token, start: string): Expression {
    switch (token.text) {
      case '-': {
        const following = this.ahead(1) as Token;
        this.next();
        if (following.kind !== 'integer' && following.kind !== 'double') this.unexpected(`no viable alternative at input '-${following.text}'`);
        this.next();
        return this.#literal({ ...following, offset: token.offset }, `-${following.text}`);
      }
      case '(': {
        this.next();
        const inner = this.#expression();
        this.require(')');
        return inner;
      }
      case '[':
        return this.#list();
      case '{':
        return this.#map();
      case '.':
        return this.#name();
      default:
    }
    return this.#noExpression(token, start);
  }

  #literal({ kind, offset }: Token, text: string): Expression {
    const read = readLiteral(kind, text);
    return read.problem === undefined ? this.create.literal(read.value, offset) : this.#report(read.problem, offset);
  }

  /** An identifier, a call, or the type of a struct. */
  #name(): Expression {
    const dot = this.accept('.');
    const prefix = dot ? '.' : '';
    const structName = this.#structNameAhead();
    if (structName !== undefined) return this.#struct(prefix + structName);
    const name = this.requireKind('identifier', 'IDENTIFIER');
    if (reserved.has(name.text)) return this.#skipCall(this.#report(`reserved identifier: ${name.text}`, name.offset));
    const open = this.accept('(');
    if (!open) return this.create.identifier(prefix + name.text, name.offset);
    return this.#call(prefix + name.text, this.#arguments(')'), open.offset);
  }

  #skipCall(expression: Expression): Expression {
    if (this.accept('(')) this.#arguments(')');
    return expression;
  }

  /** `a.b.C` where a brace follows; consumed then. */
  #structNameAhead(): string | undefined {
    const names: string[] = [];
    for (let at = 0; this.ahead(at)?.kind === 'identifier'; at += 2) {
      names.push((this.ahead(at) as Token).text);
      const following = this.ahead(at + 1) as Token;
      if (following.kind !== 'operator') return undefined;
      if (following.text === '{') {
        this.skip(at + 1);
        return names.join('.');
      }
      if (following.text !== '.') return undefined;
    }
    return undefined;
  }

  #arguments(close: string): Expression[] {
    const values: Expression[] = [];
    if (this.accept(close)) return values;
    this.#start = argumentStart;
    do values.push(this.#expression());
    while (this.accept(','));
    this.require(close);
    return values;
  }

  #list(): Expression {
    const open = this.next();
    const elements: Expression[] = [];
    const optionalIndexes: number[] = [];
    while (!this.is(']')) {
      if (elements.length === 0 && this.accept(',')) break;
      if (this.accept('?')) optionalIndexes.push(elements.length);
      elements.push(this.#expression());
      if (!this.accept(',')) break;
    }
    this.require(']', this.token.kind === 'end' ? "{']', ','}" : undefined);
    return this.create.list(elements, open.offset, optionalIndexes);
  }

  #map(): Expression {
    const open = this.next();
    const entries: MapLiteral['entries'][number][] = [];
    while (!this.is('}')) {
      if (entries.length === 0 && this.accept(',')) break;
      const isOptional = this.accept('?') !== undefined;
      const key = this.#expression();
      const { offset } = this.require(':');
      entries.push({ id: this.create.newId(), offset, key, value: this.#expression(), isOptional });
      if (!this.accept(',')) break;
    }
    this.require('}', this.token.kind === 'end' ? "{'}', ','}" : undefined);
    return this.create.map(entries, open.offset);
  }

  #struct(typeName: string): Expression {
    const open = this.next();
    const fields: StructLiteral['fields'][number][] = [];
    while (!this.is('}')) {
      if (fields.length === 0 && this.accept(',')) break;
      const isOptional = this.accept('?') !== undefined;
      const name = this.#readFieldName(this.#fieldName());
      const { offset } = this.require(':');
      fields.push({ id: this.create.newId(), offset, name, value: this.#expression(), isOptional });
      if (!this.accept(',')) break;
    }
    this.require('}');
    return { kind: 'struct', id: this.create.newId(), offset: open.offset, typeName, fields };
  }

  #call(name: string, values: readonly Expression[], offset: number): Expression {
    return this.#expand(name, undefined, values, offset) ?? this.create.call(name, values, offset);
  }

  #memberCall(name: string, target: Expression, values: readonly Expression[], offset: number): Expression {
    return this.#expand(name, target, values, offset) ?? this.create.memberCall(name, target, values, offset);
  }

  #expand(name: string, target: Expression | undefined, values: readonly Expression[], offset: number): Expression | undefined {
    const macro = this.#macros.get(macroKey(name, target !== undefined, values.length)) ?? this.#macros.get(macroKey(name, target !== undefined, undefined));
    if (!macro) return undefined;
    this.create.offset = offset;
    const expanded = macro.expand(this.create, target, values);
    return expanded?.kind === 'problem' ? this.#report(expanded.message, expanded.offset) : expanded;
  }
}
