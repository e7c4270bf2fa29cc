import type { Schema } from '../../../../api/schema.ts';
import type { FieldError } from '../../../../api/status.ts';
import type { SchemaProps } from './props.ts';

/** A schema with rules, sound so far. */
export interface RulePlace {
  readonly schema: SchemaProps;
  /** Of the schema; a rule's own path is `${path}.x-kubernetes-validations[0].rule`. */
  readonly path: string;
  readonly isRoot: boolean;
  /** Rules that read `oldSelf` are refused here, with this path as the reason: below it old values cannot be found. */
  readonly uncorrelatable: string | undefined;
}

/** One schema of a definition, as rules are compiled against it. */
export interface RuleCompilation {
  /** The whole schema: costs depend on how often a value may occur. */
  readonly root: SchemaProps;
  /** Of the whole schema: `spec.validation.openAPIV3Schema`. The total of all costs is refused here. */
  readonly path: string;
  /** The schemas with rules, those inside others before them. */
  readonly places: readonly RulePlace[];
  /** Rules and message expressions that the definition had before an update: what an older version accepted stays. */
  readonly known: { readonly rules: ReadonlySet<string>; readonly messageExpressions: ReadonlySet<string> };
  /** The version's schema is as it was: single rules may cost what they cost. */
  readonly isUnchanged: boolean;
}

/**
 * Compiles the rules of a definition's schema, and answers what is wrong with them: that they do not compile, cost too much one by one or together, or misuse `oldSelf`.
 * Called when the definition is created or updated, and only for schemas without any other fault in the same place. Upstream: the second half of
 * `ValidateCustomResourceDefinitionOpenAPISchema`, and the total at the end of `validateCustomResourceDefinitionValidation`.
 */
export type RuleCompiler = (compilation: RuleCompilation) => readonly FieldError[];

/**
 * Evaluates the rules that apply to a default, as objects' rules are: with the default as the old value too, and without. `budget` is what the rules of all defaults of a schema
 * may still cost; below 0 when they cost too much. `read` is the schema as objects are held against it.
 */
export type DefaultRuleCheck = (
  schema: SchemaProps,
  value: unknown,
  place: { readonly path: string; readonly isRoot: boolean; readonly budget: { left: number }; readonly read: Schema },
) => readonly FieldError[];

/** What definitions need from the rule language. Absent parts are not checked. */
export interface RuleSupport {
  readonly compileRules?: RuleCompiler;
  readonly checkDefault?: DefaultRuleCheck;
}
