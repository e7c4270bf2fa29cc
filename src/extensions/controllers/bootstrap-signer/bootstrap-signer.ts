import { createHmac } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Secret } from '../../../api/generated/core-v1.ts';
import { configmaps, secrets } from '../../../api/generated/resource-types.ts';
import {
  bootstrapTokenEndMs,
  bootstrapTokenField,
  bootstrapTokenNamespace,
  bootstrapTokenPrefix,
  bootstrapTokenType,
} from '../../../extension-points/authentication/bootstrap-token.ts';
import { defineReconciler, type NamedController, watching } from '../../../extension-points/controllers/reconcile.ts';

const key = { namespace: 'kube-public', name: 'cluster-info' };
const clusterInfo = { namespace: key.namespace, fieldSelector: `metadata.name=${key.name}` };
const tokens = { namespace: bootstrapTokenNamespace, fieldSelector: `type=${bootstrapTokenType}` };
const signaturePrefix = 'jws-kubeconfig-';

/**
 * Signs the ConfigMap `cluster-info` in kube-public with every bootstrap token that is for that: who joins with a token knows by the signature that what it read
 * without credentials is of the cluster that knows the token (`jws-kubeconfig-<id>`: a detached JWS, HS256).
 */
export function bootstrapSignerController(): NamedController {
  return defineReconciler({
    name: 'bootstrap-signer',
    primary: configmaps,
    selection: clusterInfo,
    workers: 1,
    watches: [watching(secrets, () => [key], tokens)],
    async reconcile(changed, { client, clock, informers }) {
      const current = informers.informer(configmaps, clusterInfo).get(key);
      const content = current?.data?.['kubeconfig'];
      if (changed.name !== key.name || !current || content === undefined) return;
      const rest = Object.entries(current.data ?? {}).filter(([name]) => !name.startsWith(signaturePrefix));
      const signatures = informers
        .informer(secrets, tokens)
        .list()
        .filter((secret) => isForSigning(secret, clock.now()))
        .map((secret) => [`${signaturePrefix}${bootstrapTokenField(secret, 'token-id')}`, signatureOf(content, secret)] as const);
      const data = Object.fromEntries([...rest, ...signatures]);
      if (!isDeepStrictEqual(data, current.data)) await client.replace(configmaps, { ...current, data });
    },
  });
}

function isForSigning(secret: Secret, nowMs: number): boolean {
  const id = bootstrapTokenField(secret, 'token-id');
  return (
    /^[a-z0-9]{6}$/.test(id) &&
    secret.metadata.name === `${bootstrapTokenPrefix}${id}` &&
    bootstrapTokenField(secret, 'token-secret') !== '' &&
    bootstrapTokenField(secret, 'usage-bootstrap-signing') === 'true' &&
    bootstrapTokenEndMs(secret) > nowMs
  );
}

/** RFC 7515, appendix F: header and signature, the content left out between them. */
function signatureOf(content: string, secret: Secret): string {
  const encoded = (text: string): string => Buffer.from(text).toString('base64url');
  const header = encoded(JSON.stringify({ alg: 'HS256', kid: bootstrapTokenField(secret, 'token-id') }));
  const signature = createHmac('sha256', bootstrapTokenField(secret, 'token-secret'))
    .update(`${header}.${encoded(content)}`)
    .digest('base64url');
  return `${header}..${signature}`;
}
