import { goQuoted } from '../go-syntax.ts';
import { functionNames } from './function-names.ts';
import type { Operand, ParsedTemplate, Pipeline, PipelineCommand, Source, Statement } from './nodes.ts';
import { type Piece, readPieces, TemplateSyntaxError, type Token } from './tokens.ts';

const maximumTemplateLength = 1024 * 1024;
const maximumDepth = 200;

/** Reads a Go template. Throws with Go's words: `template: NAME:LINE: …`. */
export function parseTemplate(template: string, name: string): ParsedTemplate {
  if (template.length > maximumTemplateLength) throw new Error(`the template is longer than ${maximumTemplateLength} characters`);
  try {
    return new TemplateParser(template).parse();
  } catch (error) {
    if (!(error instanceof TemplateSyntaxError)) throw error;
    throw new Error(`template: ${name}:${lineOf(template, error.position)}: ${error.message}`, { cause: error });
  }
}

const lineOf = (template: string, position: number): number => template.slice(0, position).split('\n').length;

/** Why a list of statements ended. */
type Ending = { readonly word: 'eof' } | { readonly word: 'end' | 'else'; readonly tokens: readonly Token[]; readonly start: number };

class TemplateParser {
  readonly #template: string;
  readonly #pieces: readonly Piece[];
  readonly #named = new Map<string, readonly Statement[]>();
  #at = 0;
  #variables = ['$'];
  #ranges = 0;
  #depth = 0;

  constructor(template: string) {
    this.#template = template;
    this.#pieces = readPieces(template);
  }

  parse(): ParsedTemplate {
    const { statements, ending } = this.#statements();
    if (ending.word !== 'eof') throw new TemplateSyntaxError(`unexpected {{${ending.word}}}`, ending.start);
    return { main: statements, named: this.#named };
  }

  /** Statements up to `end`, `else` or the end of the text. */
  #statements(): { statements: Statement[]; ending: Ending } {
    if (++this.#depth > maximumDepth) throw new TemplateSyntaxError(`max nesting depth ${maximumDepth} exceeded`, 0);
    const statements: Statement[] = [];
    for (; this.#at < this.#pieces.length; ) {
      const piece = this.#pieces[this.#at++]!;
      if (piece.kind === 'text') {
        statements.push({ kind: 'text', text: piece.text });
        continue;
      }
      const [first, ...rest] = piece.tokens;
      const word = first?.kind === 'identifier' ? first.text : '';
      if (word === 'end' || word === 'else') {
        if (word === 'end' && rest[0]) throw new TemplateSyntaxError(`unexpected ${shown(rest[0])} in end`, rest[0].start);
        this.#depth--;
        return { statements, ending: { word, tokens: rest, start: piece.start } };
      }
      const statement = this.#statement(word, piece.tokens, piece.start);
      if (statement) statements.push(statement);
    }
    this.#depth--;
    return { statements, ending: { word: 'eof' } };
  }

  #statement(word: string, tokens: readonly Token[], start: number): Statement | undefined {
    switch (word) {
      case 'if':
      case 'with':
      case 'range':
        return this.#control(word, tokens.slice(1), start);
      case 'define':
        return this.#define(tokens, start);
      case 'block':
      case 'template':
        return this.#call(word, tokens, start);
      case 'break':
      case 'continue':
        if (this.#ranges === 0) throw new TemplateSyntaxError(`{{${word}}} outside {{range}}`, start);
        return { kind: word };
      default:
        return { kind: 'action', pipeline: this.#pipeline(tokens, 'command', start) };
    }
  }

  #control(kind: 'if' | 'with' | 'range', tokens: readonly Token[], start: number): Statement {
    const outer = this.#variables.length;
    const pipeline = this.#pipeline(tokens, kind, start);
    if (kind === 'range') this.#ranges++;
    const body = this.#statements();
    if (kind === 'range') this.#ranges--;
    let otherwise: readonly Statement[] = [];
    let { ending } = body;
    if (ending.word === 'else') {
      const [next, ...rest] = ending.tokens;
      if (next?.kind === 'identifier' && next.text === kind && kind !== 'range') {
        // `else if` closes with the `end` of the outer one.
        otherwise = [this.#control(kind, rest, ending.start)];
        this.#variables.length = outer;
        return { kind, pipeline, body: body.statements, otherwise };
      }
      if (next) throw new TemplateSyntaxError(`unexpected ${shown(next)} in else`, next.start);
      const last = this.#statements();
      otherwise = last.statements;
      ending = last.ending;
    }
    if (ending.word === 'eof') throw new TemplateSyntaxError('unexpected EOF', this.#template.length);
    if (ending.word === 'else') throw new TemplateSyntaxError('expected end; found {{else}}', ending.start);
    this.#variables.length = outer;
    return { kind, pipeline, body: body.statements, otherwise };
  }

  #define([, name, ...rest]: readonly Token[], start: number): undefined {
    if (name?.kind !== 'string' || rest.length > 0) throw new TemplateSyntaxError(`unexpected ${name ? shown(name) : '"}}"'} in define clause`, start);
    this.#named.set(String(name.value), this.#body(start));
  }

  #body(start: number): readonly Statement[] {
    const outer = this.#variables;
    this.#variables = ['$'];
    const { statements, ending } = this.#statements();
    this.#variables = outer;
    if (ending.word !== 'end') throw new TemplateSyntaxError(ending.word === 'eof' ? 'unexpected EOF' : 'unexpected {{else}} in define clause', start);
    return statements;
  }

  #call(word: 'template' | 'block', tokens: readonly Token[], start: number): Statement {
    const [, name, ...rest] = tokens;
    if (name?.kind !== 'string') throw new TemplateSyntaxError(`unexpected ${name ? shown(name) : '"}}"'} in ${word} clause`, start);
    const pipeline = rest.length > 0 ? this.#pipeline(rest, word, start) : undefined;
    if (word === 'block') this.#named.set(String(name.value), this.#body(start));
    const end = rest.at(-1)?.end ?? name.end;
    const source = { ...this.#source(name.start, end), text: `{{template ${this.#template.slice(name.start, end)}}}` };
    return { kind: 'template', name: String(name.value), pipeline, source };
  }

  #pipeline(tokens: readonly Token[], context: string, start: number): Pipeline {
    const reader = new PipelineReader({
      template: this.#template,
      tokens,
      context,
      start,
      variables: this.#variables,
      source: (from, to) => this.#source(from, to),
    });
    const pipeline = reader.read();
    if (!reader.isAtEnd()) throw new TemplateSyntaxError(`unexpected ${shown(reader.peek()!)} in ${context}`, reader.peek()!.start);
    return pipeline;
  }

  #source(from: number, to: number): Source {
    const before = this.#template.slice(0, from);
    return { line: before.split('\n').length, column: from - (before.lastIndexOf('\n') + 1), text: this.#template.slice(from, to) };
  }
}

const keywords = new Set('. block break continue define else end if nil range template with'.split(' '));

/** A token as errors name it: keywords in angles, ten characters at most of others. */
const shown = ({ text }: Token): string => (keywords.has(text) ? `<${text}>` : text.length > 10 ? `${goQuoted(text.slice(0, 10))}...` : goQuoted(text));

/** What cannot take the value of a command before it. */
const notExecutable: ReadonlySet<Operand['kind']> = new Set<Operand['kind']>(['constant', 'dot', 'nil']);

interface PipelineParts {
  readonly template: string;
  readonly tokens: readonly Token[];
  readonly context: string;
  readonly start: number;
  /** Names that are known here; declarations are added. */
  readonly variables: string[];
  readonly source: (from: number, to: number) => Source;
}

class PipelineReader {
  readonly #parts: PipelineParts;
  #at = 0;

  constructor(parts: PipelineParts) {
    this.#parts = parts;
  }

  isAtEnd = (): boolean => this.#at >= this.#parts.tokens.length;
  peek = (): Token | undefined => this.#parts.tokens[this.#at];
  #isOperator = (text: string): boolean => this.peek()?.kind === 'operator' && this.peek()!.text === text;

  read(): Pipeline {
    const declaration = this.#declaration();
    const commands: PipelineCommand[] = [];
    for (;;) {
      if (this.#isOperator('|')) throw new TemplateSyntaxError(`unexpected "|" in ${this.#parts.context}`, this.peek()!.start);
      const from = this.peek()?.start ?? this.#parts.start;
      commands.push(this.#command());
      if (commands.length > 1 && notExecutable.has(commands.at(-1)!.operands[0]!.kind))
        throw new TemplateSyntaxError(`non executable command in pipeline stage ${commands.length}`, from);
      if (!this.#isOperator('|')) break;
      this.#at++;
      // Nothing may follow.
      if (this.isAtEnd() || this.#isOperator(')')) break;
    }
    if (declaration.declares) this.#parts.variables.push(...declaration.variables);
    return { ...declaration, commands };
  }

  /** `$x :=`, `$x =`, `$index, $item :=`. */
  #declaration(): { variables: readonly string[]; declares: boolean } {
    const { tokens, context } = this.#parts;
    const [first, second, third, fourth] = tokens.slice(this.#at, this.#at + 4);
    const none = { variables: [], declares: false };
    if (first?.kind !== 'variable') return none;
    const isAssignment = (token: Token | undefined): boolean => token?.kind === 'operator' && (token.text === ':=' || token.text === '=');
    if (isAssignment(second)) {
      this.#at += 2;
      return { variables: [first.text], declares: second!.text === ':=' };
    }
    if (context === 'range' && second?.text === ',' && third?.kind === 'variable') {
      if (fourth?.text === ',') throw new TemplateSyntaxError('too many declarations in range', fourth.start);
      if (!isAssignment(fourth)) return none;
      this.#at += 4;
      return { variables: [first.text, third.text], declares: fourth!.text === ':=' };
    }
    return none;
  }

  #command(): PipelineCommand {
    const from = this.peek()?.start ?? this.#parts.start;
    const operands: Operand[] = [];
    let end = from;
    while (!this.isAtEnd() && !this.#isOperator('|') && !this.#isOperator(')')) {
      const token = this.peek()!;
      if (operands.length > 0 && !token.hasBlankBefore && token.kind !== 'operator')
        throw new TemplateSyntaxError(`unexpected ${shown(token)} in operand`, token.start);
      operands.push(this.#operand());
      end = this.#parts.tokens[this.#at - 1]!.end;
    }
    if (operands.length === 0) throw new TemplateSyntaxError(`missing value for ${this.#parts.context}`, from);
    return { operands, source: this.#parts.source(from, end) };
  }

  #operand(): Operand {
    const token = this.#parts.tokens[this.#at++]!;
    const { source, variables } = this.#parts;
    const second = this.#at;
    // Go places a chain of fields where its second part begins.
    const at = (): Source => ({
      ...source(this.#at > second && token.kind !== 'operator' ? this.#parts.tokens[second]!.start : token.start, token.end),
      text: this.#parts.template.slice(token.start, this.#parts.tokens[this.#at - 1]!.end),
    });
    switch (token.kind) {
      case 'string':
      case 'number':
      case 'character':
        return { kind: 'constant', value: token.value!, source: at() };
      case 'dot':
        return { kind: 'dot', source: at() };
      case 'field': {
        const names = [token.text.slice(1), ...this.#fields()];
        return { kind: 'field', names, source: at() };
      }
      case 'variable': {
        if (!variables.includes(token.text)) throw new TemplateSyntaxError(`undefined variable ${JSON.stringify(token.text)}`, token.start);
        const names = this.#fields();
        return { kind: 'variable', name: token.text, names, source: at() };
      }
      case 'identifier':
        return this.#word(token, at);
      case 'operator':
        return this.#parenthesis(token, at);
    }
  }

  #word(token: Token, at: () => Source): Operand {
    if (token.text === 'true' || token.text === 'false') return { kind: 'constant', value: token.text === 'true', source: at() };
    if (token.text === 'nil') return { kind: 'nil', source: at() };
    if (!functionNames.has(token.text)) throw new TemplateSyntaxError(`function ${JSON.stringify(token.text)} not defined`, token.start);
    return { kind: 'function', name: token.text, source: at() };
  }

  #parenthesis(token: Token, at: () => Source): Operand {
    if (token.text !== '(') throw new TemplateSyntaxError(`unexpected ${shown(token)} in operand`, token.start);
    const pipeline = this.read();
    if (!this.#isOperator(')')) throw new TemplateSyntaxError('unclosed left paren', token.start);
    this.#at++;
    const names = this.#fields();
    return { kind: 'pipeline', pipeline, names, source: at() };
  }

  /** Fields that follow at once: `.a.b`. */
  #fields(): string[] {
    const names: string[] = [];
    while (this.peek()?.kind === 'field' && !this.peek()!.hasBlankBefore) names.push(this.#parts.tokens[this.#at++]!.text.slice(1));
    return names;
  }
}
