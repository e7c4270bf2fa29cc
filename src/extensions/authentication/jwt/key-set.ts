import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import type { HttpsGet } from '../../../extension-points/authentication/https-get.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import type { IssuerConfiguration } from './configuration.ts';

/** Upstream asks an issuer that does not answer again after ten seconds. */
const retryMs = 10_000;

/** The keys of an issuer, found through its discovery document. */
export interface KeySet extends Disposable {
  /** Absent until the document has been read. */
  readonly keys: JWTVerifyGetKey | undefined;
  /** Why not yet. */
  readonly problem: string;
  /** Resolves when the first attempt is over. */
  readonly tried: Promise<void>;
}

/**
 * Reads `<issuer>/.well-known/openid-configuration` (or the discovery URL) until it answers; its `issuer` must be the configured one. Keys are fetched when needed, kept, and
 * fetched anew when a token names one that is unknown: so issuers rotate them.
 */
export function discoverKeys(issuer: IssuerConfiguration, { get, clock, log }: { readonly get: HttpsGet; readonly clock: Clock; readonly log: Log }): KeySet {
  const stopping = new AbortController();
  let keys: JWTVerifyGetKey | undefined;
  let problem = `oidc: authenticator for issuer ${JSON.stringify(issuer.url)} is not initialized`;
  let again: Disposable | undefined;
  const attempt = async (): Promise<void> => {
    try {
      const address = await keyAddress(issuer, (url) => get(url, stopping.signal));
      // What the library wants is a fetch; what it gets trusts the issuer's own authority.
      const fetchKeys = async (url: string): Promise<Response> => new Response(await get(url, stopping.signal), { status: 200 });
      keys = createRemoteJWKSet(new URL(address), { [customFetch]: fetchKeys, cooldownDuration: 1_000, cacheMaxAge: Number.POSITIVE_INFINITY });
    } catch (error) {
      if (stopping.signal.aborted) return;
      problem = `oidc: authenticator for issuer ${JSON.stringify(issuer.url)} is not healthy: ${error instanceof Error ? error.message : String(error)}`;
      log.error('issuer of tokens cannot be reached; it is asked again', { issuer: issuer.url, error });
      again = clock.after(retryMs, () => void attempt());
    }
  };
  const tried = attempt();
  return {
    get keys() {
      return keys;
    },
    get problem() {
      return problem;
    },
    tried,
    [Symbol.dispose]: () => {
      again?.[Symbol.dispose]();
      stopping.abort(new Error('no longer configured'));
    },
  };
}

async function keyAddress({ url, discoveryURL }: IssuerConfiguration, get: (url: string) => Promise<string>): Promise<string> {
  const document = JSON.parse(await get(discoveryURL || `${url.replace(/\/$/, '')}/.well-known/openid-configuration`)) as {
    issuer?: unknown;
    jwks_uri?: unknown;
  } | null;
  if (document?.issuer !== url)
    throw new Error(`oidc: issuer did not match the issuer returned by provider, expected ${JSON.stringify(url)} got ${JSON.stringify(document?.issuer)}`);
  if (typeof document.jwks_uri !== 'string' || !document.jwks_uri.startsWith('https://'))
    throw new Error('oidc: the discovery document has no jwks_uri with https');
  return document.jwks_uri;
}
