import { readConfiguration, requireNoErrors, type Shape } from '../../../extension-points/authentication/configuration-file.ts';
import type { ExpressionCompiler } from '../../../extension-points/authentication/expressions.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { configurationErrors } from './configuration-errors.ts';

/** apiserver.config.k8s.io/v1 `AuthenticationConfiguration`. */
export interface AuthenticationConfiguration {
  readonly jwt?: readonly JwtAuthenticatorConfiguration[];
  readonly anonymous?: AnonymousConfiguration;
}

export interface AnonymousConfiguration {
  readonly enabled: boolean;
  /** Only these paths, when there are any. */
  readonly conditions?: readonly { readonly path: string }[];
}

export interface JwtAuthenticatorConfiguration {
  readonly issuer: IssuerConfiguration;
  readonly claimMappings: ClaimMappings;
  readonly claimValidationRules?: readonly ClaimValidationRule[];
  readonly userValidationRules?: readonly { readonly expression?: string; readonly message?: string }[];
}

export interface IssuerConfiguration {
  readonly url: string;
  readonly discoveryURL?: string;
  /** PEM. */
  readonly certificateAuthority?: string;
  readonly audiences: readonly string[];
  readonly audienceMatchPolicy?: string;
  readonly egressSelectorType?: string;
}

export interface ClaimMappings {
  readonly username?: PrefixedClaimOrExpression;
  readonly groups?: PrefixedClaimOrExpression;
  readonly uid?: ClaimOrExpression;
  readonly extra?: readonly { readonly key?: string; readonly valueExpression?: string }[];
}

export interface ClaimOrExpression {
  readonly claim?: string;
  readonly expression?: string;
}

export interface PrefixedClaimOrExpression extends ClaimOrExpression {
  readonly prefix?: string;
}

export interface ClaimValidationRule extends ClaimOrExpression {
  readonly requiredValue?: string;
  readonly message?: string;
}

const prefixed: Shape = { claim: 'string', prefix: 'string', expression: 'string' };
const shape: { readonly [field: string]: Shape } = {
  jwt: [
    {
      issuer: {
        url: 'string',
        discoveryURL: 'string',
        certificateAuthority: 'string',
        audiences: ['string'],
        audienceMatchPolicy: 'string',
        egressSelectorType: 'string',
      },
      claimMappings: {
        username: prefixed,
        groups: prefixed,
        uid: { claim: 'string', expression: 'string' },
        extra: [{ key: 'string', valueExpression: 'string' }],
      },
      claimValidationRules: [{ claim: 'string', requiredValue: 'string', expression: 'string', message: 'string' }],
      userValidationRules: [{ expression: 'string', message: 'string' }],
    },
  ],
  anonymous: { enabled: 'boolean', conditions: [{ path: 'string' }] },
};

/** Reads the file of `--authentication-config`. Throws an Error with everything that is wrong with it, in upstream's words. */
export function readAuthenticationConfiguration(
  text: string,
  { compiler, disallowedIssuers }: { compiler: ExpressionCompiler; disallowedIssuers: readonly string[] },
): AuthenticationConfiguration {
  const configuration = readConfiguration<Loose<AuthenticationConfiguration>>(text, {
    kind: 'AuthenticationConfiguration',
    apiVersions: ['apiserver.config.k8s.io/v1', 'apiserver.config.k8s.io/v1beta1'],
    shape,
  });
  requireNoErrors(configurationErrors(configuration, { compiler, disallowedIssuers }));
  // What is required has been found to be there.
  return configuration as AuthenticationConfiguration;
}
