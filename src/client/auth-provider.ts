interface AuthProvider {
  readonly name?: string;
  readonly config?: Readonly<Record<string, string>> | null;
}

const removed: Readonly<Record<string, string>> = {
  azure: `The azure auth plugin has been removed.
Please use the https://github.com/Azure/kubelogin kubectl/client-go credential plugin instead.
See https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins for further details`,
  gcp: `The gcp auth plugin has been removed.
Please use the "gke-gcloud-auth-plugin" kubectl/client-go credential plugin instead.
See https://cloud.google.com/blog/products/containers-kubernetes/kubectl-auth-changes-in-gke for further details`,
};

/** The token of an `auth-provider`: only `oidc` is left of them, with an id token that is still good. Throws, in client-go's words, for all others. */
export function providerToken(provider: unknown): string {
  const { name = '', config } = provider as AuthProvider;
  if (name !== 'oidc') throw new Error(removed[name] ?? `no Auth Provider found for name ${JSON.stringify(name)}`);
  const { 'idp-issuer-url': issuer, 'client-id': client, 'id-token': token } = config ?? {};
  if (!issuer) throw new Error('Must provide idp-issuer-url');
  if (!client) throw new Error('Must provide client-id');
  if (token && expiryOf(token) > Date.now()) return token;
  throw new Error(
    `the id token of auth provider "oidc" is ${token ? 'past its time' : 'missing'}, and is not asked for anew: get credentials by an exec plugin (kubelogin) instead`,
  );
}

/** When a JSON web token ends, in milliseconds since 1970; 0 when it does not say. */
function expiryOf(token: string): number {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as { readonly exp?: number };
    return (exp ?? 0) * 1000;
  } catch {
    return 0; // no JSON web token
  }
}
