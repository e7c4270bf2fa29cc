/**
 * What expressions may use in Kubernetes 1.36: the libraries that upstream's base environment (`environment.MustBaseEnvSet`) allows in new expressions, with its limits.
 * Variables and their types are added by who evaluates: rules of custom resources, admission policies, match conditions.
 */

import type { Checked } from '../compile.ts';
import { createEnvironment, type Environment } from '../compile.ts';
import { estimateCost } from '../estimate/estimate.ts';
import { listsLibrary as listExtensions } from '../libraries/lists.ts';
import { optionalsLibrary } from '../libraries/optionals.ts';
import { setsLibrary } from '../libraries/sets.ts';
import { stringsLibrary } from '../libraries/strings.ts';
import { twoVariableComprehensionsLibrary } from '../libraries/two-variable-comprehensions.ts';
import type { Estimate, Library } from '../library.ts';
import { authorizerLibrary, authorizerSelectorsLibrary } from './authorizer-library.ts';
import { cidrLibrary } from './cidr-library.ts';
import { formatLibrary } from './format-library.ts';
import { ipLibrary } from './ip-library.ts';
import { listsLibrary } from './lists-library.ts';
import { quantityLibrary } from './quantity-library.ts';
import { regexLibrary } from './regex-library.ts';
import { sizesOf } from './schema-sizes.ts';
import type { DeclaredType } from './schema-types.ts';
import { semverLibrary } from './semver-library.ts';
import { kubernetesCallRule } from './static-costs.ts';
import { withCallCosts } from './string-costs.ts';
import { urlLibrary } from './url-library.ts';

/** Each library, and the minor version of Kubernetes 1 that allows it in new expressions. */
const introductions: readonly (readonly [number, Library])[] = [
  [0, urlLibrary],
  [0, regexLibrary],
  [0, listsLibrary],
  [27, authorizerLibrary],
  [28, optionalsLibrary],
  [28, quantityLibrary],
  [29, withCallCosts(stringsLibrary(2))],
  [29, setsLibrary],
  [30, ipLibrary],
  [30, cidrLibrary],
  [31, formatLibrary],
  [31, authorizerSelectorsLibrary],
  [32, twoVariableComprehensionsLibrary],
  [33, semverLibrary],
  [34, listExtensions],
];

/** Expressions must be good for the release before too, in case of a rollback: 1.36 allows what 1.35 has. */
const compatibleMinor = 35;

/** The libraries that new expressions may use where they must be good for Kubernetes 1.`minor`. */
export const kubernetesLibraries = (minor = compatibleMinor): readonly Library[] =>
  introductions.filter(([introduced]) => introduced <= minor).map(([, library]) => library);

let shared: Environment | undefined;

/** The environment of Kubernetes 1.36, without variables: `extend` it. Made once. */
export function kubernetesEnvironment(): Environment {
  shared ??= createEnvironment({
    libraries: kubernetesLibraries(),
    homogeneousLiterals: true,
    presenceTestCost: 0,
    validatesLiterals: true,
    quotedFields: false,
  });
  return shared;
}

/** The least and the most that a rule may cost where `self`, and `oldSelf`, are of a declared type. */
export const estimateRuleCost = (checked: Checked, self: DeclaredType): Estimate =>
  estimateCost(checked, { sizeOf: sizesOf(self), callRule: kubernetesCallRule });
