/** The rules of one schema (`x-kubernetes-validations`), ready to run: upstream's `cel.Compile`. */
import { type Checked, check, compile, type Program } from '../../cel/compile.ts';
import { estimateRuleCost } from '../../cel/kubernetes/environment.ts';
import { ruleEnvironment, usesOldSelf } from '../../cel/kubernetes/rule-environment.ts';
import { type DeclaredType, declareType } from '../../cel/kubernetes/schema-types.ts';
import type { TypeKind } from '../../cel/types.ts';
import { EvaluationError } from '../../cel/values.ts';
import type { Schema, ValidationRule } from '../../schema.ts';
import { relativePath } from './relative-path.ts';

export type SchemaWithRules = Schema & { readonly rules: readonly ValidationRule[] };

/** The rules of a schema. Rules and programs are made when they are first needed, and once. */
export interface CompiledRules {
  /** What rules see of the schema's values; undefined when they cannot see them. */
  readonly self: DeclaredType | undefined;
  readonly rules: readonly CompiledRule[];
  /** Whether any rule looks at the value before an update. */
  readonly hasTransitions: boolean;
}

export interface CompiledRule {
  readonly rule: ValidationRule;
  /** Undefined for an empty rule. */
  readonly condition: CompiledExpression | undefined;
  readonly usesOldSelf: boolean;
  /** Undefined when there is none, or the rule itself does not compile. */
  readonly message: CompiledExpression | undefined;
  /** Where below the value its errors are, as upstream writes paths; `''` for the value itself. */
  readonly fieldPath: string;
  /** Whether it took long the last time. */
  isLong: boolean;
}

/** Either `problem`, in upstream's words, or a program. */
export interface CompiledExpression {
  readonly problem?: string;
  readonly program?: Program;
  /** The most that running it once may cost. Worked out when asked for. */
  estimateMaximum(): number;
}

const ofResources = new WeakMap<Schema, CompiledRules>();
const ofOthers = new WeakMap<Schema, CompiledRules>();

/** Compiles the rules of a schema, once for each schema. `isResource`: values are whole resources, whose type and name can always be seen. */
export function compileRules(schema: SchemaWithRules, isResource: boolean): CompiledRules {
  const known = isResource ? ofResources : ofOthers;
  let compiled = known.get(schema);
  if (!compiled) known.set(schema, (compiled = new SchemaRules(schema, isResource)));
  return compiled;
}

class SchemaRules implements CompiledRules {
  readonly self: DeclaredType | undefined;
  readonly rules: readonly CompiledRule[];
  readonly hasTransitions: boolean;

  constructor(schema: SchemaWithRules, isResource: boolean) {
    const self = declareType(schema, isResource);
    this.self = self;
    this.rules = self ? schema.rules.map((rule) => new SchemaRule(rule, self, schema)) : [];
    this.hasTransitions = this.rules.some((rule) => rule.usesOldSelf);
  }
}

class SchemaRule implements CompiledRule {
  readonly rule: ValidationRule;
  readonly condition: CompiledExpression | undefined;
  readonly usesOldSelf: boolean;
  readonly fieldPath: string;
  isLong = false;
  readonly #self: DeclaredType;
  #message: CompiledExpression | undefined;

  constructor(rule: ValidationRule, self: DeclaredType, schema: Schema) {
    this.rule = rule;
    this.#self = self;
    // The rules of defaults run before it is known whether every rule says anything.
    const isEmpty = (rule.rule ?? '').trim() === '';
    const condition = isEmpty ? undefined : compileExpression(rule, rule.rule, self, ruleForm);
    this.condition = condition;
    this.usesOldSelf = condition?.checked !== undefined && usesOldSelf(condition.checked);
    this.fieldPath = rule.fieldPath ? (relativePath(rule.fieldPath, schema) ?? '') : '';
  }

  get message(): CompiledExpression | undefined {
    const { messageExpression } = this.rule;
    if (!messageExpression || !this.condition?.program) return undefined;
    return (this.#message ??= compileExpression(this.rule, messageExpression, this.#self, messageForm));
  }
}

/** What an expression must answer, and how upstream words its faults. */
interface Form {
  readonly result: TypeKind;
  readonly wrongResult: string;
  readonly prefix: string;
  readonly instantiation: string;
}

const ruleForm: Form = { result: 'bool', wrongResult: 'cel expression must evaluate to a bool', prefix: '', instantiation: 'program instantiation failed' };
const messageForm: Form = {
  result: 'string',
  wrongResult: 'messageExpression must evaluate to a string',
  prefix: 'messageExpression ',
  instantiation: 'messageExpression instantiation failed',
};

function compileExpression(rule: ValidationRule, source: string, self: DeclaredType, form: Form): CompiledExpression & { readonly checked?: Checked } {
  const checked = check(source, ruleEnvironment(self, rule.optionalOldSelf === true));
  if (checked.kind === 'rejected') return unusable(`${form.prefix}compilation failed: ${checked.message}`);
  if (checked.type.kind !== form.result || checked.type.isNullable) return unusable(form.wrongResult);
  try {
    return { checked, program: compile(checked), estimateMaximum: () => estimateRuleCost(checked, self).maximum };
  } catch (error) {
    if (error instanceof EvaluationError) return { ...unusable(`${form.instantiation}: ${error.message}`), checked };
    throw error;
  }
}

const unusable = (problem: string): CompiledExpression => ({ problem, estimateMaximum: () => 0 });
