/** `semver(...)`, `isSemver(...)` and the comparison of versions. */

import { traverseCost } from '../costs.ts';
import type { Library } from '../library.ts';
import { boolType, intType, stringType } from '../types.ts';
import { EvaluationError, toInt } from '../values.ts';
import { globalFunction, memberFunction } from './declarations.ts';
import { parseSemanticVersion, parseTolerantVersion, type SemanticVersion, semverType } from './semantic-version.ts';

const both = [semverType, semverType];

export const semverLibrary: Library = {
  name: 'kubernetes.Semver',
  functions: [
    globalFunction('semver', 'string_to_semver', [stringType], semverType, { evaluate: (text: string) => read(text, false), cost: traverseCost }),
    globalFunction('semver', 'string_bool_to_semver', [stringType, boolType], semverType, { evaluate: read, cost: traverseCost }),
    globalFunction('isSemver', 'is_semver_string', [stringType], boolType, { evaluate: (text: string) => isVersion(text, false), cost: traverseCost }),
    globalFunction('isSemver', 'is_semver_string_bool', [stringType, boolType], boolType, { evaluate: isVersion, cost: traverseCost }),
    memberFunction('isGreaterThan', 'semver_is_greater_than', both, boolType, {
      evaluate: (version: SemanticVersion, other: SemanticVersion) => version.compareTo(other) > 0,
    }),
    memberFunction('isLessThan', 'semver_is_less_than', both, boolType, {
      evaluate: (version: SemanticVersion, other: SemanticVersion) => version.compareTo(other) < 0,
    }),
    memberFunction('compareTo', 'semver_compare_to', both, intType, {
      evaluate: (version: SemanticVersion, other: SemanticVersion) => version.compareTo(other),
    }),
    number('major', 'semver_major', (version) => version.major),
    number('minor', 'semver_minor', (version) => version.minor),
    number('patch', 'semver_patch', (version) => version.patch),
  ],
};

const parse = (text: string, isTolerant: boolean): SemanticVersion | string => (isTolerant ? parseTolerantVersion(text) : parseSemanticVersion(text));

function isVersion(text: string, isTolerant: boolean): boolean {
  return typeof parse(text, isTolerant) !== 'string';
}

function read(text: string, isTolerant: boolean): SemanticVersion {
  const version = parse(text, isTolerant);
  if (typeof version === 'string') throw new EvaluationError(version);
  return version;
}

/** Numbers have 64 bits without a sign; upstream reads them as an int, whatever they are. */
function number(name: string, id: string, of: (version: SemanticVersion) => bigint) {
  return memberFunction(name, id, [semverType], intType, { evaluate: (version: SemanticVersion) => toInt(BigInt.asIntN(64, of(version))) });
}
