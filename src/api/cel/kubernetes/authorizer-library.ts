/** `authorizer.group('apps').resource('deployments').check('create').allowed()` and the like, for admission policies. */

import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../names.ts';
import { sizeForCost } from '../code-points.ts';
import { exactly } from '../estimate/range.ts';
import type { FunctionDeclaration, Library } from '../library.ts';
import { declareFunction } from '../library.ts';
import { boolType, stringType } from '../types.ts';
import { EvaluationError } from '../values.ts';
import {
  AuthorizerValue,
  authorizerType,
  type Decision,
  decisionType,
  GroupCheck,
  groupCheckType,
  PathCheck,
  pathCheckType,
  type ResourceCheck,
  resourceCheckType,
} from './authorizer-values.ts';
import { authorizationCheckCost, selectorCost } from './costs.ts';
import { memberFunction } from './declarations.ts';

export const authorizerLibrary: Library = {
  name: 'kubernetes.authz',
  functions: [
    memberFunction('path', 'authorizer_path', [authorizerType, stringType], pathCheckType, { evaluate: pathCheck }),
    memberFunction('group', 'authorizer_group', [authorizerType, stringType], groupCheckType, {
      evaluate: (authorizer: AuthorizerValue, group: string) => new GroupCheck(authorizer, group),
    }),
    memberFunction('serviceAccount', 'authorizer_serviceaccount', [authorizerType, stringType, stringType], authorizerType, { evaluate: serviceAccount }),
    memberFunction('resource', 'groupcheck_resource', [groupCheckType, stringType], resourceCheckType, { evaluate: resourceCheck }),
    narrowed('subresource', 'resourcecheck_subresource', (subresource) => ({ subresource })),
    narrowed('namespace', 'resourcecheck_namespace', (namespace) => ({ namespace })),
    narrowed('name', 'resourcecheck_name', (name) => ({ name })),
    declareFunction(
      'check',
      {
        id: 'pathcheck_check',
        isMember: true,
        parameters: [pathCheckType, stringType],
        result: decisionType,
        evaluate: (check: PathCheck, verb: string) => check.decide(verb),
        cost: () => authorizationCheckCost,
        costBefore: () => authorizationCheckCost,
      },
      {
        id: 'resourcecheck_check',
        isMember: true,
        parameters: [resourceCheckType, stringType],
        result: decisionType,
        evaluate: (check: ResourceCheck, verb: string) => check.decide(verb),
        cost: () => authorizationCheckCost,
        costBefore: () => authorizationCheckCost,
      },
    ),
    memberFunction('allowed', 'decision_allowed', [decisionType], boolType, { evaluate: ({ answer }: Decision) => answer.kind === 'allow' }),
    memberFunction('reason', 'decision_reason', [decisionType], stringType, { evaluate: ({ answer }: Decision) => answer.reason }),
    memberFunction('errored', 'decision_errored', [decisionType], boolType, { evaluate: ({ answer }: Decision) => answer.error !== undefined }),
    memberFunction('error', 'decision_error', [decisionType], stringType, { evaluate: ({ answer }: Decision) => answer.error ?? '' }),
  ],
};

/** Checks that are narrowed by selectors (1.31 and later). */
export const authorizerSelectorsLibrary: Library = {
  name: 'kubernetes.authzSelectors',
  functions: [
    narrowed('fieldSelector', 'authorizer_fieldselector', (fieldSelector) => ({ fieldSelector }), true),
    narrowed('labelSelector', 'authorizer_labelselector', (labelSelector) => ({ labelSelector }), true),
  ],
};

function narrowed(name: string, id: string, part: (text: string) => Partial<ResourceCheck['resource']>, isSelector = false): FunctionDeclaration {
  return memberFunction(name, id, [resourceCheckType, stringType], resourceCheckType, {
    evaluate: (check: ResourceCheck, text: string) => check.narrowed(part(text)),
    ...(isSelector && { cost: ([, text]) => selectorCost(exactly(sizeForCost(text ?? ''))).maximum }),
  });
}

function pathCheck(authorizer: AuthorizerValue, path: string): PathCheck {
  if (path.trim() === '') throw new EvaluationError('path must not be empty');
  return new PathCheck(authorizer, path);
}

function resourceCheck(check: GroupCheck, resource: string): ResourceCheck {
  if (resource.trim() === '') throw new EvaluationError('resource must not be empty');
  return check.resource(resource);
}

function serviceAccount(authorizer: AuthorizerValue, namespace: string, name: string): AuthorizerValue {
  if (dns1123SubdomainProblems(name).length > 0) throw new EvaluationError('Invalid service account name');
  if (dns1123LabelProblems(namespace).length > 0) throw new EvaluationError('Invalid service account namespace');
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
  return new AuthorizerValue(authorizer.authorize, { name: `system:serviceaccount:${namespace}:${name}`, groups });
}
