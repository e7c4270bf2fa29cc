import type { TokenRequest } from '../../api/generated/authentication-v1.ts';
import type { Pod, ServiceAccount } from '../../api/generated/core-v1.ts';
import type { UntypedObject } from '../../api/object.ts';
import { type ApiError, badRequest, conflict, type FieldError, fieldError, invalid, notFound } from '../../api/status.ts';
import { timeText } from '../../kernel/clock.ts';
import type { ResourceServices, WriteContext } from '../resources/contract.ts';
import type { BoundIdentity, ServiceAccountIssuer, TokenToIssue } from './service-account-issuer.ts';

/** Answers a POST to `serviceaccounts/token`; registered as the service `token-request`. */
export type TokenRequestService = (
  serviceAccount: UntypedObject,
  draft: UntypedObject,
  context: WriteContext,
  services: Pick<ResourceServices, 'get'>,
) => Promise<UntypedObject>;

const minimumSeconds = 10 * 60;
const defaultSeconds = 60 * 60;
const yearSeconds = 365 * 24 * 60 * 60;
/** Upstream's mark of a `kube-api-access` token: such tokens really live a year, and their late use is only warned about. */
const extendedSeconds = defaultSeconds + 7;

export function createTokenRequestService({
  issuer,
  maximumSeconds = yearSeconds,
}: {
  readonly issuer: ServiceAccountIssuer;
  readonly maximumSeconds?: number;
}): TokenRequestService {
  return async (serviceAccountObject, draft, context, services) => {
    const serviceAccount = serviceAccountObject as ServiceAccount;
    const request = completed(draft as unknown as TokenRequest, serviceAccount, issuer.apiAudiences);
    const seconds = Math.min(request.spec.expirationSeconds, maximumSeconds);
    const bound = boundTo(request, serviceAccount, services);
    const issued = await issuer.issue({
      namespace: serviceAccount.metadata.namespace ?? '',
      serviceAccount: { name: serviceAccount.metadata.name ?? '', uid: serviceAccount.metadata.uid ?? '' },
      audiences: request.spec.audiences,
      ...bound,
      ...(isExtended(request.spec.audiences, seconds, issuer.apiAudiences) && bound.pod
        ? { expirationSeconds: yearSeconds, warnAfterSeconds: seconds }
        : { expirationSeconds: seconds }),
    });
    return {
      ...draft,
      metadata: {
        ...draft.metadata,
        name: serviceAccount.metadata.name,
        namespace: serviceAccount.metadata.namespace,
        creationTimestamp: timeText(context.nowMs),
      },
      spec: { ...request.spec, expirationSeconds: seconds },
      // The time shown is the one asked for: whoever refreshes the token must not rely on the extension.
      status: { token: issued.token, expirationTimestamp: timeText(context.nowMs + seconds * 1_000) },
    };
  };
}

type CompletedRequest = TokenRequest & { spec: { audiences: string[]; expirationSeconds: number } };

function completed(request: TokenRequest, serviceAccount: ServiceAccount, apiAudiences: readonly string[]): CompletedRequest {
  const { name = '', namespace = '', uid = '' } = serviceAccount.metadata;
  const errors: FieldError[] = [];
  const given = request.metadata ?? {};
  if (given.name && given.name !== name) errors.push(fieldError.invalid('metadata.name', given.name, 'must match the service account name if specified'));
  if (given.namespace && given.namespace !== namespace)
    errors.push(fieldError.invalid('metadata.namespace', given.namespace, 'must match the service account namespace if specified'));
  const spec = request.spec ?? {};
  const seconds = spec.expirationSeconds ?? defaultSeconds;
  if (seconds < minimumSeconds) errors.push(fieldError.invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes'));
  if (seconds > 2 ** 32) errors.push(fieldError.invalid('spec.expirationSeconds', seconds, 'may not specify a duration larger than 2^32 seconds'));
  if (errors.length > 0) throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, name, errors);
  if (given.uid && given.uid !== uid)
    throw conflict(
      { group: 'authentication.k8s.io', resource: 'tokenrequests' },
      name,
      `the UID in the token request (${given.uid}) does not match the UID of the service account (${uid})`,
    );
  const audiences = spec.audiences?.length ? [...spec.audiences] : [...apiAudiences];
  return { ...request, spec: { ...spec, audiences, expirationSeconds: seconds } };
}

const isExtended = (audiences: readonly string[], seconds: number, apiAudiences: readonly string[]): boolean =>
  seconds === extendedSeconds && audiences.every((audience) => apiAudiences.includes(audience));

type Binding = Pick<TokenToIssue, 'pod' | 'node' | 'secret'>;

function boundTo(request: CompletedRequest, serviceAccount: ServiceAccount, services: Pick<ResourceServices, 'get'>): Binding {
  const reference = request.spec.boundObjectRef;
  if (!reference) return {};
  const { name: accountName = '', namespace = '' } = serviceAccount.metadata;
  const name = reference.name ?? '';
  const core = (resource: string) => ({ group: '', resource });
  const kind = reference.apiVersion === 'v1' ? reference.kind : undefined;
  if (kind !== 'Pod' && kind !== 'Secret' && kind !== 'Node')
    throw badRequest(`cannot bind token to object of type ${gvkText(reference.apiVersion ?? '', reference.kind ?? '')}`);
  const resource = `${kind.toLowerCase()}s`;
  const found = services.get(core(resource), kind === 'Node' ? { name } : { namespace, name });
  if (!found) throw notFound(core(resource), name);
  const identity = identityOf(found, name);
  if (reference.uid && reference.uid !== identity.uid) throw uidMismatch(kind, name, reference.uid);
  if (kind === 'Secret') return { secret: identity };
  if (kind === 'Node') return { node: identity };
  return podBinding(found as unknown as Pod, accountName, services);
}

function podBinding(pod: Pod, accountName: string, services: Pick<ResourceServices, 'get'>): Binding {
  if (pod.spec?.serviceAccountName !== accountName)
    throw badRequest(`cannot bind token for serviceaccount ${JSON.stringify(accountName)} to pod running with different serviceaccount name.`);
  const nodeName = pod.spec.nodeName;
  const identity = identityOf(pod as UntypedObject & Pod, pod.metadata.name ?? '');
  if (!nodeName) return { pod: identity };
  const node = services.get({ group: '', resource: 'nodes' }, { name: nodeName });
  return { pod: identity, node: node ? identityOf(node, nodeName) : { name: nodeName } };
}

const identityOf = (object: { metadata: { uid?: string } }, name: string): BoundIdentity => ({ name, uid: object.metadata.uid ?? '' });

function gvkText(apiVersion: string, kind: string): string {
  return `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
}

function uidMismatch(kind: string, name: string, uid: string): ApiError {
  return conflict(
    { group: '', resource: kind },
    name,
    `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
  );
}
