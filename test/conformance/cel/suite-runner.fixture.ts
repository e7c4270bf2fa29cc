/** Runs a test of CEL's conformance suite on the engine. */
import type { SimpleTest } from '@bufbuild/cel-spec/cel/expr/conformance/test/simple_pb.js';
import { assumeDynamic, type Checked, check, compile, createEnvironment, type Environment, parse, type Rejected } from '../../../src/api/cel/compile.ts';
import { bindingsLibrary } from '../../../src/api/cel/libraries/bindings.ts';
import { encodersLibrary } from '../../../src/api/cel/libraries/encoders.ts';
import { listsLibrary } from '../../../src/api/cel/libraries/lists.ts';
import { mathLibrary } from '../../../src/api/cel/libraries/math.ts';
import { optionalsLibrary } from '../../../src/api/cel/libraries/optionals.ts';
import { regexLibrary } from '../../../src/api/cel/libraries/regex.ts';
import { setsLibrary } from '../../../src/api/cel/libraries/sets.ts';
import { stringsLibrary } from '../../../src/api/cel/libraries/strings.ts';
import { twoVariableComprehensionsLibrary } from '../../../src/api/cel/libraries/two-variable-comprehensions.ts';
import type { Overload } from '../../../src/api/cel/library.ts';
import { dynType, formatType, type Type } from '../../../src/api/cel/types.ts';
import type { Value } from '../../../src/api/cel/values.ts';
import { blockLibrary } from './block.fixture.ts';
import { isExpected, readType, readValue } from './suite-values.fixture.ts';

const base: Environment = createEnvironment({
  libraries: [
    stringsLibrary(),
    mathLibrary,
    encodersLibrary,
    setsLibrary,
    listsLibrary,
    optionalsLibrary,
    bindingsLibrary,
    twoVariableComprehensionsLibrary,
    regexLibrary,
    blockLibrary,
  ],
});

/** Runs one test; what went wrong, or undefined. */
export function runTest(test: SimpleTest): string | undefined {
  const { environment, bindings } = environmentOf(test);
  const expected = test.resultMatcher;
  const checked = test.disableCheck ? unchecked(test.expr, environment) : check(test.expr, environment);
  const expectsError = expected.case === 'evalError' || expected.case === 'anyEvalErrors';
  if (checked.kind === 'rejected') return expectsError ? undefined : `rejected: ${checked.message}`;
  if (expected.case === 'typedResult' && expected.value.deducedType) {
    const type = formatType(checked.type);
    const wanted = formatType(readType(expected.value.deducedType));
    if (type !== wanted) return `has type ${type} instead of ${wanted}`;
  }
  if (test.checkOnly) return undefined;
  const { value, error } = evaluate(checked, bindings);
  if (error !== undefined) return expectsError ? undefined : `failed: ${error}`;
  if (expectsError) return 'did not fail';
  const wanted = expected.case === 'typedResult' ? expected.value.result : expected.case === 'value' ? expected.value : undefined;
  if (!wanted) return value === true ? undefined : 'is not true';
  return isExpected(value as Value, wanted) ? undefined : `gave ${inspect(value)} instead of ${inspect(wanted)}`;
}

function unchecked(source: string, environment: Environment): Checked | Rejected {
  const parsed = parse(source, environment);
  return parsed.kind === 'rejected' ? parsed : assumeDynamic(parsed, environment);
}

function evaluate(checked: Checked, bindings: Record<string, Value>): { value?: Value; error?: string } {
  try {
    const { value, error } = compile(checked).evaluate(bindings);
    return error ? { error: error.message } : { value };
  } catch (error) {
    return { error: String(error) };
  }
}

const inspect = (value: unknown): string => JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part)) ?? 'undefined';

function environmentOf(test: SimpleTest): { environment: Environment; bindings: Record<string, Value> } {
  const variables: Record<string, Type> = {};
  const functions: { name: string; overloads: Overload[] }[] = [];
  for (const { name, declKind } of test.typeEnv) {
    if (declKind.case === 'ident') variables[name] = declKind.value.type ? readType(declKind.value.type) : dynType;
    if (declKind.case !== 'function') continue;
    const overloads = declKind.value.overloads.map(
      (overload): Overload => ({
        id: overload.overloadId,
        isMember: overload.isInstanceFunction,
        parameters: overload.params.map(readType),
        result: overload.resultType ? readType(overload.resultType) : dynType,
        evaluate: () => null,
      }),
    );
    functions.push({ name, overloads });
  }
  const bindings: Record<string, Value> = {};
  for (const [name, { kind }] of Object.entries(test.bindings)) {
    if (kind.case === 'value') bindings[name] = readValue(kind.value);
    variables[name] ??= dynType;
  }
  const libraries = functions.length > 0 ? [{ name: 'declared by the test', functions }] : undefined;
  return { environment: base.extend({ variables, libraries, container: test.container }), bindings };
}
