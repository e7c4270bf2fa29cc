import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { TokenReview } from '../../../api/generated/authentication-v1.ts';
import type { SubjectAccessReview } from '../../../api/generated/authorization-v1.ts';
import { subjectaccessreviews, tokenreviews } from '../../../api/generated/resource-types.ts';
import type { Client } from '../../../client/client.ts';
import { effectiveCommonName } from '../../../extension-points/authentication/common-name.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { HttpError } from './http-error.ts';

/** Who asks. */
export interface Caller {
  readonly name: string;
  readonly groups: readonly string[];
}

export interface AuthorizeDeps {
  readonly client: Client;
  readonly clock: Clock;
}

/** The API server's own certificate; it has authorized its users already. */
const apiServerName = 'kube-apiserver-kubelet-client';
const rememberMs = 30_000;
const maximumRemembered = 1_000;

/** Lets a request in or throws 401 or 403: by client certificate or bearer token, then by what the API server says the caller may do with the node. */
export function createAuthorizer({ client, clock }: AuthorizeDeps): (request: IncomingMessage, path: string, nodeName: string) => Promise<void> {
  const remembered = new Map<string, { isAllowed: boolean; untilMs: number }>();

  const isAllowed = async (caller: Caller, verb: string, subresource: string, nodeName: string): Promise<boolean> => {
    const key = JSON.stringify([caller, verb, subresource, nodeName]);
    const known = remembered.get(key);
    if (known && known.untilMs > clock.now()) return known.isAllowed;
    const review: SubjectAccessReview = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      metadata: {},
      spec: {
        user: caller.name,
        groups: [...caller.groups],
        resourceAttributes: { verb, group: '', version: 'v1', resource: 'nodes', subresource, name: nodeName },
      },
    };
    const answer = (await client.create(subjectaccessreviews, review)).status?.allowed === true;
    if (remembered.size >= maximumRemembered) remembered.clear();
    remembered.set(key, { isAllowed: answer, untilMs: clock.now() + rememberMs });
    return answer;
  };

  return async (request, path, nodeName) => {
    const caller = certificateCaller(request) ?? (await tokenCaller(request, client));
    if (!caller) throw new HttpError(401, 'Unauthorized');
    if (caller.name === apiServerName || caller.groups.includes('system:masters')) return;
    const verb = verbOf(request.method);
    for (const subresource of subresourcesOf(path)) if (await isAllowed(caller, verb, subresource, nodeName)) return;
    throw new HttpError(403, `Forbidden (user=${caller.name}, verb=${verb}, resource=nodes, subresource(s)=[${subresourcesOf(path).join(' ')}])`);
  };
}

/** A certificate counts only when the node's client authority signed it. */
function certificateCaller(request: IncomingMessage): Caller | undefined {
  const socket = request.socket as TLSSocket;
  if (!socket.authorized) return undefined;
  const { CN, O: organization } = (socket.getPeerCertificate().subject ?? {}) as { CN?: string | string[]; O?: string | string[] };
  const name = effectiveCommonName(CN);
  if (name === '') return undefined;
  return { name, groups: [...(Array.isArray(organization) ? organization : organization ? [organization] : []), 'system:authenticated'] };
}

async function tokenCaller(request: IncomingMessage, client: Client): Promise<Caller | undefined> {
  const token = /^bearer (\S{1,16384})$/i.exec(request.headers.authorization ?? '')?.[1];
  if (!token) return undefined;
  const review: TokenReview = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: {}, spec: { token } };
  const { authenticated, user } = (await client.create(tokenreviews, review)).status ?? {};
  return authenticated && user?.username ? { name: user.username, groups: user.groups ?? [] } : undefined;
}

const verbs: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
const verbOf = (method = 'GET'): string => verbs[method] ?? 'get';

/** Any of these lets a caller in; what is not named otherwise is `proxy`. */
function subresourcesOf(path: string): readonly string[] {
  const [, first = ''] = path.split('/');
  if (first === 'stats') return ['stats'];
  if (first === 'metrics') return ['metrics'];
  if (first === 'logs') return ['log'];
  if (first === 'healthz') return ['healthz', 'proxy'];
  if (first === 'configz') return ['configz', 'proxy'];
  if (first === 'pods' || first === 'runningpods') return ['pods', 'proxy'];
  return ['proxy'];
}
