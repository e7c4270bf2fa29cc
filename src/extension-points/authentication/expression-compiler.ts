import type { Expression } from '../../api/cel/ast.ts';
import { check, compile, type Environment } from '../../api/cel/compile.ts';
import { evaluationBudget } from '../../api/cel/kubernetes/budgets.ts';
import { kubernetesEnvironment } from '../../api/cel/kubernetes/environment.ts';
import { dynType, type Field, formatType, listType, mapType, type ObjectType, stringType, type Type } from '../../api/cel/types.ts';
import { Double, fromNative, List, MapValue, ObjectValue, OptionalValue, Uint, type Value } from '../../api/cel/values.ts';
import type { CompiledExpression, ExpressionCompiler, ExpressionVariable } from './expressions.ts';

/** Compiles with the engine in `src/api/cel` and the environment of Kubernetes. Each evaluation has the cost limit of one call in upstream. */
export function createExpressionCompiler(): ExpressionCompiler {
  const environments = new Map<ExpressionVariable, Environment>();
  const environmentOf = (variable: ExpressionVariable): Environment => {
    let environment = environments.get(variable);
    if (!environment) environments.set(variable, (environment = kubernetesEnvironment().extend({ variables: { [variable]: variableTypes[variable] } })));
    return environment;
  };
  return {
    compile(source, { variable, returns }) {
      const checked = check(source, environmentOf(variable));
      if (checked.kind === 'rejected') return { kind: 'rejected', message: `compilation failed: ${checked.message}` };
      const type = formatType(checked.type);
      if (returns !== 'any' && !returns.includes(type)) return { kind: 'rejected', message: mismatch(variable, returns, type) };
      const program = compile(checked);
      const convert = fromNative(variableTypes[variable]);
      const compiled: CompiledExpression = {
        kind: 'compiled',
        reads: (name, field) => selects(checked.expression, name, field),
        evaluate(native) {
          const { value, error } = program.evaluate({ [variable]: convert(native) }, { budget: evaluationBudget });
          if (error) throw error;
          return plain(value);
        },
      };
      return compiled;
    },
  };
}

/** Upstream tells the type that was found of match conditions only. */
function mismatch(variable: ExpressionVariable, returns: readonly string[], type: string): string {
  const wanted = returns.length === 1 ? `must evaluate to ${returns[0]}` : `must evaluate to one of [${returns.join(' ')}]`;
  return variable === 'request' && returns.length === 1 ? `${wanted} but got ${type}` : wanted;
}

function objectOf(name: string, types: Readonly<Record<string, Type>>): ObjectType {
  const fields = new Map<string, Field>(Object.entries(types).map(([field, type]) => [field, { type }]));
  return { kind: 'object', name, parameters: [], field: (field) => fields.get(field), fieldNames: () => fields.keys() };
}

const texts = listType(stringType);
const identity = { uid: stringType, groups: texts, extra: mapType(stringType, texts) };
const selector = (name: string): ObjectType =>
  objectOf(name, {
    rawSelector: stringType,
    requirements: listType(objectOf('kubernetes.SelectorRequirement', { key: stringType, operator: stringType, values: texts })),
  });
const resourceFields = {
  namespace: stringType,
  verb: stringType,
  group: stringType,
  version: stringType,
  resource: stringType,
  subresource: stringType,
  name: stringType,
};

const variableTypes: Readonly<Record<ExpressionVariable, Type>> = {
  claims: mapType(stringType, dynType),
  user: objectOf('kubernetes.UserInfo', { username: stringType, ...identity }),
  request: objectOf('kubernetes.SubjectAccessReviewSpec', {
    user: stringType,
    ...identity,
    resourceAttributes: objectOf('kubernetes.ResourceAttributes', {
      ...resourceFields,
      fieldSelector: selector('kubernetes.FieldSelectorAttributes'),
      labelSelector: selector('kubernetes.LabelSelectorAttributes'),
    }),
    nonResourceAttributes: objectOf('kubernetes.NonResourceAttributes', { path: stringType, verb: stringType }),
  }),
};

/** A result as JSON would have it. */
function plain(value: Value): unknown {
  if (value instanceof List) return value.values().map(plain);
  if (value instanceof MapValue) return Object.fromEntries([...value.entries()].map(([key, item]) => [String(plain(key)), plain(item)]));
  if (value instanceof Double || value instanceof Uint) return Number(value.value);
  if (value instanceof OptionalValue) return value.value === undefined ? null : plain(value.value);
  if (value instanceof ObjectValue) return value.native;
  return typeof value === 'bigint' ? value.toString() : value;
}

/** Whether a tree selects a field of a variable, `a.b` or `a.?b`, anywhere. */
function selects(expression: Expression, variable: string, field: string): boolean {
  const tree: unknown[] = [expression];
  while (tree.length > 0) {
    const node = tree.pop() as Partial<Record<string, unknown>>;
    if (isSelection(node, variable, field)) return true;
    for (const part of Object.values(node)) {
      if (Array.isArray(part)) tree.push(...part.filter(isNode));
      else if (isNode(part)) tree.push(part);
    }
  }
  return false;
}

const isNode = (part: unknown): part is object => typeof part === 'object' && part !== null && !ArrayBuffer.isView(part);

function isSelection(node: Partial<Record<string, unknown>>, variable: string, field: string): boolean {
  const isVariable = (part: unknown): boolean =>
    isNode(part) && (part as { kind?: unknown; name?: unknown }).kind === 'identifier' && (part as { name?: unknown }).name === variable;
  if (node['kind'] === 'select') return node['field'] === field && isVariable(node['operand']);
  if (node['kind'] !== 'call' || node['name'] !== '_?._') return false;
  const [operand, name] = node['arguments'] as [unknown, { kind?: unknown; value?: unknown }];
  return isVariable(operand) && name?.kind === 'literal' && name.value === field;
}
