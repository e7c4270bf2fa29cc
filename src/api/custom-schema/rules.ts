import type { Schema, ValidationRule } from '../schema.ts';
import { type FieldError, fieldError } from '../status.ts';
import { CorrelatedValue } from './correlation.ts';
import { sparseWalk } from './sparse-walk.ts';
import { unseenParts } from './validation-rules/unseen-parts.ts';

/**
 * Evaluates the rules (`x-kubernetes-validations`) of one validation. Make one per validated object: it may keep the budget that the object's rules share.
 *
 * It is asked after the whole object was held against its schema, and only when nothing was found that leaves values unlike their declared types (see `isBlocking`); each value that
 * is not null and whose schema has rules once, an object before its fields, lists item by item.
 */
export interface RuleRunner {
  /** Answers the errors of one value, in the order of its rules. `isOver` ends the walk: the budget is spent. */
  run(node: RuleNode): RuleOutcome;
}

export interface RuleOutcome {
  readonly errors: readonly FieldError[];
  readonly isOver?: boolean;
}

/** One value that rules are about. */
export interface RuleNode {
  /** The schema, with `rules`; the same object for every validation, so that what was compiled for it can be kept with it. */
  readonly schema: Schema & { readonly rules: readonly ValidationRule[] };
  /** Upstream's path of the value: `spec.containers[0]`, entries of maps `spec.labels[key]`; `''` for the whole object. */
  readonly path: string;
  readonly self: unknown;
  /** The value before an update; undefined on create, for items of lists other than `map` lists, and for values that were not there. Null counts as absent. */
  readonly oldSelf: unknown;
  /** Whether this is the whole object, which rules see with apiVersion, kind and metadata. */
  readonly isRoot: boolean;
  /** Whether errors do not count because neither the value, nor the nearest part of the object that correlates, has changed. Costs a comparison; asked when a rule fails. */
  isUnchanged(): boolean;
}

/** Whether an error keeps rules from being evaluated. */
export const isBlocking = ({ type }: FieldError): boolean =>
  type === 'FieldValueNotSupported' ||
  type === 'FieldValueRequired' ||
  type === 'FieldValueTooLong' ||
  type === 'FieldValueTooMany' ||
  type === 'FieldValueTypeInvalid';

/** What stands in the place of the rules that were not evaluated. */
export const rulesNotChecked = fieldError.invalid(
  '<nil>',
  null,
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
);

/** Evaluates every rule of a schema on an object. */
export type RuleWalk = (object: unknown, old: unknown, runner: RuleRunner) => FieldError[];

/** Prepares the walk; undefined when the schema has no rules. */
export function ruleWalk(schema: Schema): RuleWalk | undefined {
  let unseen: ReadonlySet<Schema> | undefined;
  const hasRules = (part: Schema): boolean => part.rules !== undefined && part.rules.length > 0 && !(unseen ??= unseenParts(schema)).has(part);
  const walk = sparseWalk<RuleContext>(
    schema,
    (part) => (hasRules(part) ? (value, path, context) => runRules(part as RuleNode['schema'], value, path, context) : undefined),
    { field: (context, name) => fieldContext(context, name), item: (context, index) => itemContext(context, index) },
  );
  return (
    walk &&
    ((object, old, runner) => {
      const shared = { runner, errors: [], isOver: false, root: schema };
      const correlated = old === undefined ? undefined : new CorrelatedValue(object, old, schema);
      walk(object, '', { shared, oldSelf: old, correlated, nearest: undefined });
      return shared.errors;
    })
  );
}

/** What a walk knows where it stands. */
interface RuleContext {
  readonly shared: { readonly runner: RuleRunner; readonly errors: FieldError[]; isOver: boolean; readonly root: Schema };
  readonly oldSelf: unknown;
  readonly correlated: CorrelatedValue | undefined;
  /** The closest ancestor that correlates. */
  readonly nearest: CorrelatedValue | undefined;
}

function runRules(schema: RuleNode['schema'], self: unknown, path: string, { shared, oldSelf, correlated, nearest }: RuleContext): void {
  if (self === null || self === undefined || shared.isOver) return;
  const outcome = shared.runner.run({
    schema,
    path,
    self,
    oldSelf: oldSelf ?? undefined,
    isRoot: schema === shared.root,
    isUnchanged: () => (correlated ?? nearest)?.isUnchanged === true,
  });
  for (const error of outcome.errors) shared.errors.push(error);
  shared.isOver = outcome.isOver === true;
}

function fieldContext({ shared, oldSelf, correlated, nearest }: RuleContext, name: string): RuleContext {
  const old =
    typeof oldSelf === 'object' && oldSelf !== null && Object.hasOwn(oldSelf, name) ? (oldSelf as Readonly<Record<string, unknown>>)[name] : undefined;
  if (!correlated) return { shared, oldSelf: old, correlated, nearest };
  // The version of an object and its old one are made the same before they are compared.
  if (!nearest && (name === 'apiVersion' || name === 'kind')) return { shared, oldSelf: old, correlated: undefined, nearest: undefined };
  return { shared, oldSelf: old, correlated: correlated.field(name), nearest: correlated };
}

function itemContext({ shared, correlated, nearest }: RuleContext, index: number): RuleContext {
  if (!correlated) return { shared, oldSelf: undefined, correlated, nearest };
  const item = correlated.item(index);
  return { shared, oldSelf: item?.old, correlated: item, nearest: correlated };
}
