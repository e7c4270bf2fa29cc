/** Issues and checks the tokens of service accounts; registered as the service `service-account-issuer`. */
export interface ServiceAccountIssuer {
  /** The `iss` claim, and the API server's default audience. */
  readonly issuer: string;
  readonly apiAudiences: readonly string[];
  issue(request: TokenToIssue): Promise<IssuedToken>;
  /** What `verify` finds out is not cached by the caller: deleting the service account or the bound object ends a token. */
  verify(token: string, audiences: readonly string[]): Promise<TokenVerification>;
  /** The JSON Web Key Set served at `/openid/v1/jwks`. */
  jwks(): Promise<{ keys: Record<string, unknown>[] }>;
  /** The document served at `/.well-known/openid-configuration`. */
  openidConfiguration(): Record<string, unknown>;
}

export interface BoundIdentity {
  readonly name: string;
  readonly uid?: string;
}

export interface TokenToIssue {
  readonly namespace: string;
  readonly serviceAccount: { readonly name: string; readonly uid: string };
  readonly audiences: readonly string[];
  /** Lifetime of the token. */
  readonly expirationSeconds: number;
  /** Seconds after which use of the token is worth a warning; for tokens that live longer than their requester believes. */
  readonly warnAfterSeconds?: number;
  readonly pod?: BoundIdentity;
  readonly node?: BoundIdentity;
  readonly secret?: BoundIdentity;
}

export interface IssuedToken {
  readonly token: string;
  readonly expiresAtMs: number;
}

export type TokenVerification =
  | { readonly kind: 'valid'; readonly identity: ServiceAccountIdentity; readonly audiences: readonly string[] }
  /** Not a token of this issuer. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'invalid'; readonly reason: string };

export interface ServiceAccountIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The `jti` claim. */
  readonly tokenId: string;
  readonly pod?: BoundIdentity;
  readonly node?: BoundIdentity;
}

export const serviceAccountUserName = (namespace: string, name: string): string => `system:serviceaccount:${namespace}:${name}`;
export const serviceAccountGroups = (namespace: string): readonly string[] => ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
