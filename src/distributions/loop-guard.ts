/**
 * Keeps an extension's endless loop from taking the whole program with it. Extensions run in this program's one thread, where nothing can be interrupted from outside; so
 * the loops of modules that are loaded at run time are made to look at the clock as they go.
 */
import { stripTypeScriptTypes } from 'node:module';
import { type AnyNode, parse } from 'acorn';

/** How long a loop may keep all others from their turn, in milliseconds: at first, and once one of its module's was broken off. */
const limitMs = 5_000;
const shortLimitMs = 250;
/** Loops look at the clock once in so many rounds; a power of 2. */
const roundsBetweenLooks = 64;

const loopTypes: ReadonlySet<string> = new Set(['ForStatement', 'ForInStatement', 'ForOfStatement', 'WhileStatement', 'DoWhileStatement']);
const hook = Symbol.for('wherry.loop-guard');
/** A name that no module has. */
const guardName = '$wherryLoop';

/** A loop that went on for too long. */
export class EndlessLoop extends Error {
  constructor(milliseconds: number) {
    super(`a loop held up everything else for ${milliseconds / 1_000} s`);
    this.name = 'EndlessLoop';
  }
}

/** When the turn began in which a loop was seen first; undefined when no loop was since the last turn ended. */
let turnBeganMs: number | undefined;
/** Counts the turns in which loops were seen. */
let turn = 0;

/**
 * What the loops of one module call in every round. Throws `EndlessLoop` when nothing else had its turn for too long, and from then on until that has happened: a loop
 * around it may go on from errors. Awaiting what is settled already is no turn.
 */
function createGuard(): () => void {
  let rounds = 0;
  let allowedMs = limitMs;
  let broken: { readonly turn: number; readonly error: EndlessLoop } | undefined;
  return () => {
    if (broken !== undefined && broken.turn === turn) throw broken.error;
    if ((++rounds & (roundsBetweenLooks - 1)) !== 0) return;
    const nowMs = performance.now();
    if (turnBeganMs === undefined) {
      turnBeganMs = nowMs;
      setImmediate(() => {
        turnBeganMs = undefined;
        turn++;
      });
    } else if (nowMs - turnBeganMs > allowedMs) {
      broken = { turn, error: new EndlessLoop(allowedMs) };
      allowedMs = shortLimitMs;
      throw broken.error;
    }
  };
}

/** What kind of text a module is. */
export interface ModuleSource {
  readonly system: 'module' | 'commonjs';
  readonly hasTypes: boolean;
}

/**
 * The text of a module, as Node loads it, with a look at the clock in each of its loops. Lines stay where they are; TypeScript becomes JavaScript. Undefined for a text
 * that cannot be read: whoever loads it will say why.
 */
export function guardLoops(text: string, { system, hasTypes }: ModuleSource): string | undefined {
  try {
    const script = hasTypes ? withoutTypes(text) : text;
    const insertions: (readonly [position: number, text: string])[] = [];
    visit(parse(script, { ecmaVersion: 'latest', sourceType: system, allowHashBang: true }), insertions);
    if (insertions.length === 0) return script;
    const guards = globalThis as unknown as Record<symbol, () => () => void>;
    guards[hook] ??= createGuard;
    // A hash-bang must stay first.
    const start = script.startsWith('#!') ? script.indexOf('\n') + 1 : 0;
    insertions.push([start, `const ${guardName} = globalThis[Symbol.for("wherry.loop-guard")]();`]);
    return inserted(script, insertions);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Node warns once that its function may change. */
function withoutTypes(text: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(text);
  } finally {
    process.emitWarning = emitWarning;
  }
}

function visit(node: AnyNode, insertions: (readonly [number, string])[]): void {
  if (loopTypes.has(node.type)) {
    const { body } = node as AnyNode & { readonly body: AnyNode };
    if (body.type === 'BlockStatement') insertions.push([body.start + 1, `${guardName}();`]);
    else insertions.push([body.start, `{${guardName}();`], [body.end, '}']);
  }
  for (const value of Object.values(node) as unknown[]) {
    for (const inner of Array.isArray(value) ? (value as unknown[]) : [value]) if (isNode(inner)) visit(inner, insertions);
  }
}

const isNode = (value: unknown): value is AnyNode => typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';

/** Insertions at one position keep their order. */
function inserted(text: string, insertions: (readonly [position: number, text: string])[]): string {
  let result = '';
  let position = 0;
  for (const [at, insertion] of insertions.toSorted(([left], [right]) => left - right)) {
    result += text.slice(position, at) + insertion;
    position = at;
  }
  return result + text.slice(position);
}
