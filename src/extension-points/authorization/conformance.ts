import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deepFreeze } from '../../api/object.ts';
import type { UserInfo } from '../authentication/contract.ts';
import type { AuthorizationAttributes, AuthorizationDecision, AuthorizationRules, Authorizer } from './contract.ts';

export interface AuthorizerConformanceOptions {
  readonly name: string;
  /** An authorizer, made anew for each test. */
  readonly create: () => Authorizer | Promise<Authorizer>;
  /** Users and namespaces whose listed rules are held against the decisions. */
  readonly users: readonly { readonly user: UserInfo; readonly namespace: string }[];
  /** Requests with what the answer must be. */
  readonly samples: readonly { readonly attributes: AuthorizationAttributes; readonly kind: AuthorizationDecision['kind'] }[];
}

/** What the host counts on in every authorizer. Registers tests with node:test. */
export function authorizerConformance({ name, create, users, samples }: AuthorizerConformanceOptions): void {
  describe(`authorizer ${name} keeps the contract`, () => {
    for (const { attributes, kind } of samples) {
      it(`answers ${kind} for ${describeAttempt(attributes)}, and the same when asked again`, async () => {
        const authorizer = await create();
        for (const _attempt of [1, 2]) {
          const decision = await authorizer.authorize(deepFreeze(attributes), AbortSignal.timeout(10_000));
          assert.equal(decision.kind, kind);
          assert.equal(typeof decision.reason, 'string');
        }
      });
    }

    for (const { user, namespace } of users) {
      it(`allows ${user.name} every rule it lists for namespace ${JSON.stringify(namespace)}`, async () => {
        const authorizer = await create();
        const rules = authorizer.rulesFor?.(deepFreeze(user), namespace);
        if (!rules) return;
        for (const attributes of attempts(rules, user, namespace)) {
          const decision = await authorizer.authorize(attributes, AbortSignal.timeout(10_000));
          assert.equal(decision.kind, 'allow', describeAttempt(attributes));
        }
      });
    }
  });
}

function* attempts(rules: AuthorizationRules, user: UserInfo, namespace: string): Generator<AuthorizationAttributes> {
  for (const { verbs, apiGroups, resources, resourceNames = [''] } of rules.resourceRules) {
    for (const [verb, group, resource, name] of product(verbs, apiGroups, resources, resourceNames)) {
      const [main = '', subresource = ''] = resource!.split('/');
      yield { user, verb: verb!, path: '', resource: { group: group!, version: 'v1', resource: main, subresource, namespace, name: name! } };
    }
  }
  for (const { verbs, nonResourceURLs } of rules.nonResourceRules) {
    for (const [verb, path] of product(verbs, nonResourceURLs)) yield { user, verb: verb!, path: path! };
  }
}

const product = (...lists: readonly (readonly string[])[]): string[][] =>
  lists.reduce<string[][]>((rows, list) => rows.flatMap((row) => list.map((value) => [...row, value])), [[]]);

const describeAttempt = ({ user, verb, resource, path }: AuthorizationAttributes): string =>
  `${user.name}: ${verb} ${resource ? `${resource.resource}${resource.subresource && `/${resource.subresource}`} ${resource.namespace}/${resource.name}` : path}`;
