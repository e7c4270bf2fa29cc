/** An environment and values for tests: that of Kubernetes' limits, with cel-go's extensions. Expected texts and costs in the tests are cel-go 0.26's. */
import { type Bindings, check, compile, createEnvironment, type Evaluation, type EvaluationLimits } from './compile.ts';
import { bindingsLibrary } from './libraries/bindings.ts';
import { encodersLibrary } from './libraries/encoders.ts';
import { listsLibrary } from './libraries/lists.ts';
import { mathLibrary } from './libraries/math.ts';
import { optionalsLibrary } from './libraries/optionals.ts';
import { regexLibrary } from './libraries/regex.ts';
import { setsLibrary } from './libraries/sets.ts';
import { stringsLibrary } from './libraries/strings.ts';
import { twoVariableComprehensionsLibrary } from './libraries/two-variable-comprehensions.ts';
import { boolType, doubleType, dynType, intType, listType, mapType, stringType } from './types.ts';
import { Double, fromDynamic } from './values.ts';

export const sampleEnvironment = createEnvironment({
  homogeneousLiterals: true,
  quotedFields: false,
  presenceTestCost: 0,
  validatesLiterals: true,
  libraries: [
    stringsLibrary(2),
    setsLibrary,
    listsLibrary,
    optionalsLibrary,
    twoVariableComprehensionsLibrary,
    bindingsLibrary,
    mathLibrary,
    encodersLibrary,
    regexLibrary,
  ],
  variables: {
    x: dynType,
    i: intType,
    s: stringType,
    l: listType(intType),
    m: mapType(stringType, intType),
    d: doubleType,
    b: boolType,
    ls: listType(stringType),
    o: mapType(stringType, dynType),
    'a.b.c': intType,
  },
});

export const sampleBindings: Bindings = {
  x: fromDynamic({ f: 1, g: ['a', 2, 1.5], n: null }),
  i: 5,
  s: 'hello world',
  l: fromDynamic([1, 2, 3]),
  m: fromDynamic({ a: 1, b: 2 }),
  d: new Double(1.5),
  b: true,
  ls: fromDynamic(['aa', 'bb', 'cc']),
  o: fromDynamic({ k: 'v', q: { z: 3 } }),
  'a.b.c': 7,
};

/** Checks, compiles and evaluates. Throws an Error with the checker's message. */
export function evaluateSample(source: string, limits?: EvaluationLimits): Evaluation {
  const checked = check(source, sampleEnvironment);
  if (checked.kind === 'rejected') throw new Error(checked.message);
  return compile(checked).evaluate(sampleBindings, limits);
}
