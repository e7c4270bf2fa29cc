import type { AllocationResult, ResourceClaim } from '../../../api/generated/resource-v1.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ReviewService } from '../../../extension-points/authentication/reviews.ts';
import type { ResourceServices, WriteContext } from '../../../extension-points/resources/contract.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { sameValue } from '../../../extension-points/resources/same-value.ts';

type Claim = Draft<ResourceClaim>;
const group = 'resource.k8s.io';
const nodeNameKey = 'authentication.kubernetes.io/node-name';

/**
 * Whether the user may write what changed in the status of a claim: allocating and reserving takes `resourceclaims/binding`; what drivers report of devices takes
 * `resourceclaims/driver` for that driver, on the node that the claim is for or on any. Writers by PUT and PATCH are as good as each other.
 */
export async function claimStatusAuthorizationErrors(claim: Claim, old: Claim, context: WriteContext, services: ResourceServices): Promise<FieldError[]> {
  const may = mayBy(context, services);
  const errors: FieldError[] = [];
  const [now, before] = [claim.status ?? {}, old.status ?? {}];
  if (!sameValue(now.allocation, before.allocation) || !sameValue(now.reservedFor ?? [], before.reservedFor ?? [])) {
    const refusal = await firstRefusal(['update', 'patch'], (verb) => may({ verb, subresource: 'binding', namespace: '', name: '' }));
    if (refusal !== undefined)
      errors.push(
        fieldError.forbidden(
          'status.allocation',
          `changing status.allocation or status.reservedFor requires resource="resourceclaims/binding", verb="update" permission: ${refusal}`,
        ),
      );
  }
  // The status of devices goes with the allocation.
  for (const driver of now.allocation ? changedDrivers(claim, old) : []) {
    const prefixes = isOnItsNode(context, now.allocation) ? ['associated-node:', 'arbitrary-node:'] : ['arbitrary-node:'];
    const verbs = prefixes.flatMap((prefix) => [`${prefix}update`, `${prefix}patch`]);
    const refusal = await firstRefusal(verbs, (verb) => may({ verb, subresource: 'driver', namespace: context.key.namespace ?? '', name: driver }));
    const shown = prefixes.map((prefix) => `${prefix}update`).join(' ');
    if (refusal !== undefined)
      errors.push(
        fieldError.forbidden('status.devices', `changing status.devices requires resource="resourceclaims/driver", verb="[${shown}]" permission: ${refusal}`),
      );
  }
  return errors;
}

interface Act {
  readonly verb: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Answers the refusal, in the words of the API; undefined when the act is allowed. */
function mayBy(context: WriteContext, services: ResourceServices): (act: Act) => Promise<string | undefined> {
  return async ({ verb, subresource, namespace, name }) => {
    const review = services.service<ReviewService>('self-subject-access-review');
    const resourceAttributes = { group, version: context.version, resource: 'resourceclaims', subresource, verb, namespace, name };
    const answer = await review({ metadata: {}, spec: { resourceAttributes } }, context, services);
    const { allowed, reason, evaluationError } = (answer['status'] ?? {}) as { allowed?: boolean; reason?: string; evaluationError?: string };
    if (allowed) return undefined;
    const scope = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
    const why = [evaluationError, reason].filter(Boolean).join(': ');
    const what = `cannot ${verb} resource "resourceclaims/${subresource}" in API group "${group}" ${scope}${why ? `: ${why}` : ''}`;
    return `resourceclaims.${group}${name ? ` ${JSON.stringify(name)}` : ''} is forbidden: User ${JSON.stringify(context.user.name)} ${what}`;
  };
}

/** Verbs are alternatives; the first refusal is told. */
async function firstRefusal(verbs: readonly string[], refusalOf: (verb: string) => Promise<string | undefined>): Promise<string | undefined> {
  let first: string | undefined;
  for (const verb of verbs) {
    const refusal = await refusalOf(verb);
    if (refusal === undefined) return undefined;
    first ??= refusal;
  }
  return first;
}

function changedDrivers({ status }: Claim, old: Claim): string[] {
  const before = new Map((old.status?.devices ?? []).map((device) => [keyOf(device), device]));
  const changed = new Set<string>();
  for (const device of status?.devices ?? []) {
    const known = before.get(keyOf(device));
    before.delete(keyOf(device));
    if (!known || !sameValue(known, device)) changed.add(device.driver ?? '');
  }
  for (const { driver = '' } of before.values()) changed.add(driver);
  return [...changed].sort();
}

const keyOf = ({ driver, pool, device, shareID }: Loose<{ driver: string; pool: string; device: string; shareID: string }>): string =>
  JSON.stringify([driver, pool, device, shareID]);

/** A service account whose token is of a pod on the very node that the claim is for. */
function isOnItsNode({ user }: WriteContext, allocation: Loose<AllocationResult> | undefined): boolean {
  const [term, ...others] = allocation?.nodeSelector?.nodeSelectorTerms ?? [];
  const [field, ...more] = term?.matchFields ?? [];
  if (!field || others.length > 0 || more.length > 0 || (term?.matchExpressions?.length ?? 0) > 0) return false;
  const nodeName = field.key === 'metadata.name' && field.operator === 'In' && field.values?.length === 1 ? field.values[0] : undefined;
  const own = user.extra?.[nodeNameKey] ?? [];
  return nodeName !== undefined && nodeName !== '' && user.name.startsWith('system:serviceaccount:') && own.length === 1 && own[0] === nodeName;
}
