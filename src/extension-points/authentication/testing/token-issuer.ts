import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT } from 'jose';
import { mintTestCertificates } from './test-certificates.ts';

/** An OpenID provider for tests: discovery, keys, and tokens of any claims. */
export interface TokenIssuer extends AsyncDisposable {
  readonly url: string;
  /** PEM. */
  readonly certificateAuthority: string;
  /** Signs a token; with another key when one is given. */
  sign(claims: Record<string, unknown>, key?: KeyObject): Promise<string>;
  /** From now on tokens are signed with a new key, and only that is published. */
  rotate(): void;
}

export async function startTokenIssuer(): Promise<TokenIssuer> {
  const { ca, certificate, key } = await mintTestCertificates();
  const newKey = (id: number) => ({ id: `key-${id}`, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) });
  let signing = newKey(1);
  let url = '';
  const document = async (path: string): Promise<object | undefined> => {
    if (path === '/keys') return { keys: [{ ...(await exportJWK(signing.publicKey)), kid: signing.id, alg: 'ES256', use: 'sig' }] };
    return path === '/.well-known/openid-configuration' || path === '/elsewhere' ? { issuer: url, jwks_uri: `${url}/keys` } : undefined;
  };
  const server = createServer({ cert: certificate, key }, (request, response) => {
    void document(request.url ?? '').then((answer) =>
      response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {})),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    certificateAuthority: ca,
    sign: (claims, other) => new SignJWT({ iss: url, ...claims }).setProtectedHeader({ alg: 'ES256', kid: signing.id }).sign(other ?? signing.privateKey),
    rotate: () => void (signing = newKey(2)),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
