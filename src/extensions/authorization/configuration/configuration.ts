import { readConfiguration, requireNoErrors, type Shape } from '../../../extension-points/authentication/configuration-file.ts';
import type { ExpressionCompiler } from '../../../extension-points/authentication/expressions.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { configurationErrors } from './configuration-errors.ts';

/** apiserver.config.k8s.io/v1 `AuthorizationConfiguration`: the authorizers, asked in order. */
export interface AuthorizationConfiguration {
  readonly authorizers?: readonly AuthorizerConfiguration[];
}

export const authorizerTypes = ['AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC', 'Webhook'] as const;
export type AuthorizerType = (typeof authorizerTypes)[number];

export interface AuthorizerConfiguration {
  readonly type: AuthorizerType;
  readonly name: string;
  readonly webhook?: WebhookConfiguration;
}

/** Durations are texts such as `30s`; defaults: 5m for a yes, 30s for a no. */
export interface WebhookConfiguration {
  readonly authorizedTTL?: string;
  readonly cacheAuthorizedRequests?: boolean;
  readonly unauthorizedTTL?: string;
  readonly cacheUnauthorizedRequests?: boolean;
  readonly timeout?: string;
  readonly subjectAccessReviewVersion?: string;
  readonly matchConditionSubjectAccessReviewVersion?: string;
  readonly failurePolicy?: string;
  readonly connectionInfo?: { readonly type?: string; readonly kubeConfigFile?: string };
  readonly matchConditions?: readonly { readonly expression?: string }[];
}

const webhook: Shape = {
  authorizedTTL: 'string',
  cacheAuthorizedRequests: 'boolean',
  unauthorizedTTL: 'string',
  cacheUnauthorizedRequests: 'boolean',
  timeout: 'string',
  subjectAccessReviewVersion: 'string',
  matchConditionSubjectAccessReviewVersion: 'string',
  failurePolicy: 'string',
  connectionInfo: { type: 'string', kubeConfigFile: 'string' },
  matchConditions: [{ expression: 'string' }],
};

/** Reads the file of `--authorization-config`. Throws an Error with everything that is wrong with it, in upstream's words. */
export function readAuthorizationConfiguration(text: string, compiler: ExpressionCompiler): AuthorizationConfiguration {
  const configuration = readConfiguration<Loose<AuthorizationConfiguration>>(text, {
    kind: 'AuthorizationConfiguration',
    apiVersions: ['apiserver.config.k8s.io/v1', 'apiserver.config.k8s.io/v1beta1'],
    shape: { authorizers: [{ type: 'string', name: 'string', webhook }] },
  });
  requireNoErrors(configurationErrors(configuration, compiler));
  // What is required has been found to be there.
  return configuration as AuthorizationConfiguration;
}

const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1, us: 0.001, µs: 0.001, ns: 0.000_001 };

/** Milliseconds of a duration as Go writes it (`1m30s`); `undefined` of what is none. */
export function durationMs(text: string): number | undefined {
  if (!/^-?(?:\d+(?:\.\d+)?(?:h|ms|m|s|us|µs|ns))+$/.test(text)) return text === '0' ? 0 : undefined;
  const total = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g)].reduce((sum, [, amount, unit]) => sum + Number(amount) * units[unit!]!, 0);
  return text.startsWith('-') ? -total : total;
}
