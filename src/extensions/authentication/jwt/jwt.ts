import { jwtVerify } from 'jose';
import type { AuthenticationOutcome, Authenticator } from '../../../extension-points/authentication/contract.ts';
import type { ExpressionCompiler } from '../../../extension-points/authentication/expressions.ts';
import { createHttpsGet } from '../../../extension-points/authentication/https-get.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import type { Log } from '../../../kernel/log.ts';
import { type Claims, type ClaimsMapper, createClaimsMapper } from './claims.ts';
import type { JwtAuthenticatorConfiguration } from './configuration.ts';
import { discoverKeys, type KeySet } from './key-set.ts';

export interface JwtAuthenticatorOptions {
  readonly configurations: readonly JwtAuthenticatorConfiguration[];
  readonly compiler: ExpressionCompiler;
  readonly clock: Clock;
  readonly log: Log;
}

const algorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'];
const maximumTokenLength = 65_536;
/** A token may be from a clock that goes this much ahead; that it has expired is never overlooked. */
const leewaySeconds = 300;

interface Issuer {
  readonly configuration: JwtAuthenticatorConfiguration;
  readonly keys: KeySet;
  readonly userOf: ClaimsMapper;
}

/** Knows the JSON Web Tokens of the configured issuers (OpenID Connect): each is verified with its issuer's keys, and its claims are made a user. */
export function createJwtAuthenticator({
  configurations,
  compiler,
  clock,
  log,
}: JwtAuthenticatorOptions): Authenticator & AsyncDisposable & { readonly tried: Promise<void> } {
  const stack = new DisposalStack();
  const issuers = new Map<string, Issuer>();
  for (const configuration of configurations) {
    const get = stack.use(createHttpsGet(configuration.issuer.certificateAuthority));
    const keys = stack.use(discoverKeys(configuration.issuer, { get, clock, log }));
    issuers.set(configuration.issuer.url, { configuration, keys, userOf: createClaimsMapper(configuration, compiler) });
  }
  return {
    async authenticate({ token }): Promise<AuthenticationOutcome> {
      const issuer = token === undefined ? undefined : issuers.get(unverifiedIssuer(token) ?? '');
      if (!issuer || token === undefined) return { kind: 'no-opinion' };
      try {
        return { kind: 'authenticated', user: issuer.userOf(await verified(token, issuer, clock.now())) };
      } catch (error) {
        return { kind: 'refused', reason: error instanceof Error ? error.message : String(error) };
      }
    },
    tried: Promise.all([...issuers.values()].map(({ keys }) => keys.tried)).then(() => {}),
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

/** The issuer that a token names, before anything about it is known to be true. */
function unverifiedIssuer(token: string): string | undefined {
  const parts = token.split('.');
  if (parts.length !== 3 || token.length > maximumTokenLength) return undefined;
  try {
    const { iss } = JSON.parse(Buffer.from(parts[1]!, 'base64url').toString()) as { iss?: unknown };
    return typeof iss === 'string' ? iss : undefined;
  } catch {
    return undefined; // somebody else's token
  }
}

async function verified(token: string, { configuration, keys }: Issuer, nowMs: number): Promise<Claims> {
  if (!keys.keys) throw new Error(keys.problem);
  const { issuer } = configuration;
  const { payload } = await jwtVerify(token, keys.keys, { issuer: issuer.url, algorithms, currentDate: new Date(nowMs), clockTolerance: leewaySeconds }).catch(
    (cause: unknown) => {
      throw new Error(`oidc: verify token: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    },
  );
  if (payload.exp === undefined || payload.exp * 1_000 < nowMs) throw new Error('oidc: verify token: oidc: token is expired');
  const meant = [payload.aud ?? []].flat();
  if (!meant.some((audience) => issuer.audiences.includes(audience)))
    throw new Error(`oidc: verify token: oidc: expected audience in ${listText([...issuer.audiences].sort())} got ${listText(meant)}`);
  return payload;
}

const listText = (texts: readonly string[]): string => `[${texts.map((text) => JSON.stringify(text)).join(' ')}]`;
