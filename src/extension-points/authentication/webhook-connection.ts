import { connectionOf, loadKubeconfig } from '../../client/kubeconfig.ts';
import { WebhookClient } from '../../client/webhook-client.ts';
import { requireAuthorities } from './authority-file.ts';
import type { PostReview } from './webhook.ts';

/** Reaches the webhook that a file in kubeconfig form describes: its current context's cluster is the webhook, its user who asks. Throws when it describes none. */
export function connectWebhook(
  kubeconfigPath: string,
  { timeoutMs = 30_000 }: { readonly timeoutMs?: number } = {},
): Disposable & { readonly post: PostReview } {
  const { server, certificateAuthority, certificate, key, token, tlsServerName, insecureSkipTlsVerify, headers } = connectionOf(
    loadKubeconfig([kubeconfigPath]),
  );
  if (certificateAuthority) requireAuthorities(certificateAuthority);
  const authorization = typeof token === 'function' ? token() : token;
  const client = new WebhookClient({
    url: server,
    ...(certificateAuthority ? { ca: certificateAuthority } : {}),
    ...(tlsServerName ? { serverName: tlsServerName } : {}),
    ...(insecureSkipTlsVerify ? { isUnverified: true } : {}),
    ...(certificate && key ? { clientCertificate: { certificate, key } } : {}),
    headers: { ...headers, ...(authorization ? { authorization: `Bearer ${authorization}` } : {}) },
  });
  return { post: (body, signal) => client.post({ body, timeoutMs, signal }), [Symbol.dispose]: () => client[Symbol.dispose]() };
}
