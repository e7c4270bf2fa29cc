/** What upstream's libraries (k8s.io/apiserver 0.36, cel-go 0.26) answered for expressions, one in a line. */
import { readFileSync } from 'node:fs';
import type { Schema } from '../../schema.ts';
import { type Bindings, type Checked, check, compile, type Environment } from '../compile.ts';
import type { Estimate } from '../library.ts';
import { formatTimestamp } from '../timestamp.ts';
import { Double, Duration, EvaluationError, List, MapValue, OptionalValue, Timestamp, TypeValue, Uint, type Value } from '../values.ts';
import { NamedFormat } from './named-formats.ts';

export interface Fact {
  readonly expression: string;
  readonly library?: string;
  /** The expression is refused. */
  readonly compileError?: string;
  /** It is refused once it is checked: a literal that no function takes. */
  readonly programError?: string;
  readonly error?: string;
  readonly result?: unknown;
  readonly cost?: number;
  /** Least and most. */
  readonly estimate?: readonly [number, number];
}

export interface RuleFact extends Fact {
  readonly schema: Schema;
  readonly isResourceRoot: boolean;
  readonly cardinality: number;
  readonly self?: unknown;
  readonly oldSelf?: unknown;
}

const lines = (name: string): any[] =>
  readFileSync(new URL(name, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

export const functionFacts = (): readonly Fact[] => lines('functions.fixture.jsonl');

/** Schemas and large values are told once, and then by name. */
export function ruleFacts(): readonly RuleFact[] {
  const schemas = new Map<string, any>();
  const values = new Map<string, unknown>();
  const valueOf = (told: any): unknown => (told?.$value === undefined ? told : values.get(told.$value));
  return lines('rules.fixture.jsonl').flatMap((line) => {
    if (line.define) schemas.set(line.define, line);
    else if (line.value) values.set(line.value, line.json);
    else {
      const { schema, isResourceRoot = false } = schemas.get(line.schema);
      const bound = { ...('self' in line && { self: valueOf(line.self) }), ...('oldSelf' in line && { oldSelf: valueOf(line.oldSelf) }) };
      return [{ ...line, schema, isResourceRoot, ...bound }];
    }
    return [];
  });
}

/** What this engine answers, in the form of the facts. */
export function answer(
  fact: Fact,
  environment: Environment,
  bindings: Bindings | undefined,
  estimate: (checked: Checked) => Estimate,
): Omit<Fact, 'expression' | 'library'> {
  const checked = check(fact.expression, environment);
  if (checked.kind === 'rejected') return { compileError: checked.message };
  const { minimum, maximum } = estimate(checked);
  const range = { estimate: [rounded(minimum), rounded(maximum)] as const };
  try {
    const program = compile(checked);
    if (!bindings) return range;
    const { value, error, cost } = program.evaluate(bindings, { budget: 1_000_000 });
    // What a failed evaluation has cost by then is told of no rule.
    return error ? { ...range, error: error.message } : { ...range, result: shown(value), cost };
  } catch (error) {
    if (error instanceof EvaluationError) return { ...range, programError: error.message };
    throw error;
  }
}

/** Without what only tells which expression it is. */
export function expectation({ compileError, programError, error, result, cost, estimate }: Fact): Omit<Fact, 'expression' | 'library'> {
  if (compileError !== undefined) return { compileError };
  const range = { estimate: estimate!.map(rounded) as unknown as readonly [number, number] };
  if (programError !== undefined) return { ...range, programError };
  if (error !== undefined) return { ...range, error };
  return cost === undefined ? range : { ...range, result, cost };
}

/** Upstream counts in 64 bits: beyond what a double holds exactly the last digits differ. */
const rounded = (amount: number): number => (amount <= Number.MAX_SAFE_INTEGER ? amount : Number(amount.toPrecision(12)));

/** A value as the facts tell it. */
export function shown(value: Value): unknown {
  if (value === null) return { null: true };
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return { int: String(value) };
  if (value instanceof Uint) return { uint: String(value.value) };
  if (value instanceof Double) return { double: Number.isNaN(value.value) ? 'NaN' : value.value };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') };
  if (value instanceof Duration) return { duration: String(value.nanoseconds) };
  if (value instanceof Timestamp) return { timestamp: formatTimestamp(value) };
  if (value instanceof TypeValue) return { type: value.type.name };
  if (value instanceof OptionalValue) return { optional: value.value === undefined ? null : shown(value.value) };
  if (value instanceof List) return value.values().map(shown);
  if (value instanceof MapValue) return { map: [...value.entries()].map(([key, item]) => [shown(key), shown(item)]).sort(byKey) };
  if (value instanceof NamedFormat) return { format: value.name };
  const name = { 'net.IP': 'ip', 'net.CIDR': 'cidr', 'kubernetes.Quantity': 'quantity', 'kubernetes.URL': 'url', 'kubernetes.Semver': 'semver' }[
    value.type.name
  ];
  return { [name ?? value.type.name]: String(value) };
}

const byKey = ([left]: readonly unknown[], [right]: readonly unknown[]): number => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1);
