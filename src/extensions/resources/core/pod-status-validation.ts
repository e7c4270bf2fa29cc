import { isIP } from 'node:net';
import type { Container, ContainerStatus, Pod } from '../../../api/generated/core-v1.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { validateImmutable } from '../../../extension-points/resources/object-meta.ts';
import { dnsSubdomainAt, duplicates, eachAt, ipAt, qualifiedNameAt } from './field-checks.ts';

const systemConditions = new Set(['PodScheduled', 'Ready', 'Initialized']);

/** What `/status` of a pod refuses (upstream's `ValidatePodStatusUpdate`). */
export function validatePodStatusUpdate(pod: Draft<Pod>, old: Draft<Pod>): FieldError[] {
  const status = pod.status ?? {};
  const { containers = [], initContainers = [], restartPolicy: policy = 'Always' } = old.spec ?? {};
  return [
    ...eachAt(status.conditions, 'metadata.conditions', (condition, at) =>
      systemConditions.has(condition.type ?? '') ? [] : qualifiedNameAt(condition.type ?? '', `${at}.Type`),
    ),
    ...(status.nominatedNodeName && status.nominatedNodeName !== old.status?.nominatedNodeName
      ? dnsSubdomainAt(status.nominatedNodeName, 'status.nominatedNodeName')
      : []),
    ...validateImmutable(status.qosClass, old.status?.qosClass, 'status.qosClass'),
    ...validateTransitions(status.containerStatuses, old.status?.containerStatuses, 'status.containerStatuses', { policy, containers }),
    ...validateTransitions(status.initContainerStatuses, old.status?.initContainerStatuses, 'status.initContainerStatuses', {
      policy,
      containers: initContainers,
    }),
    ...validateTransitions(status.ephemeralContainerStatuses, old.status?.ephemeralContainerStatuses, 'status.ephemeralContainerStatuses', {
      policy: 'Never',
      containers: [],
    }),
    ...validateClaimStatuses(pod),
    ...validateAddresses(status.podIPs, 'status.podIPs'),
    ...validateHostAddresses(pod),
  ];
}

/** A container that must not restart stays terminated. */
function validateTransitions(
  statuses: Loose<ContainerStatus>[] = [],
  old: Loose<ContainerStatus>[] = [],
  path: string,
  { policy, containers }: { policy: string; containers: readonly Loose<Container>[] },
): FieldError[] {
  if (policy === 'Always') return [];
  return eachAt(old, path, (before, at) => {
    const terminated = before.state?.terminated;
    if (
      !terminated ||
      mayRestart(
        containers.find(({ name }) => name === before.name),
        policy,
        terminated.exitCode ?? 0,
      )
    )
      return [];
    const revived = statuses.some((status) => status.name === before.name && !status.state?.terminated);
    return revived ? [fieldError.forbidden(`${at}.state`, 'may not be transitioned to non-terminated state')] : [];
  });
}

/** The container's own rules come first, then its policy, then the pod's. */
function mayRestart(container: Loose<Container> | undefined, podPolicy: string, exitCode: number): boolean {
  for (const { action, exitCodes } of container?.restartPolicyRules ?? []) {
    const isListed = exitCodes?.values?.includes(exitCode) ?? false;
    if (exitCodes && isListed === (exitCodes.operator === 'In')) return action === 'Restart';
  }
  const policy = container?.restartPolicy ?? podPolicy;
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

function validateClaimStatuses(pod: Draft<Pod>): FieldError[] {
  const duplicate = duplicates();
  return eachAt(pod.status?.resourceClaimStatuses, 'status.resourceClaimStatuses', ({ name = '', resourceClaimName }, at) => [
    ...(pod.spec?.resourceClaims?.some((claim) => claim.name === name)
      ? []
      : [fieldError.invalid(`${at}.name`, name, 'must match the name of an entry in `spec.resourceClaims`')]),
    ...duplicate(name, `${at}.name`),
    ...(resourceClaimName ? dnsSubdomainAt(resourceClaimName, `${at}.name`) : []),
  ]);
}

function validateHostAddresses(pod: Draft<Pod>): FieldError[] {
  const { hostIP, hostIPs = [] } = pod.status ?? {};
  if (hostIPs.length === 0) return [];
  const first = hostIPs[0]?.ip;
  return [
    ...(hostIP === first ? [] : [fieldError.invalid('status.hostIPs[0].ip', first, 'must be equal to `hostIP`')]),
    ...validateAddresses(hostIPs, 'status.hostIPs'),
  ];
}

function validateAddresses(addresses: { ip?: string | undefined }[] = [], path: string): FieldError[] {
  const duplicate = duplicates();
  const errors = eachAt(addresses, path, ({ ip = '' }, at) => [...ipAt(ip, at), ...duplicate(ip, at, { ip })]);
  const families = new Set(addresses.map(({ ip = '' }) => isIP(ip)));
  if (addresses.length > 1 && (families.size !== 2 || addresses.length > 2))
    errors.push(fieldError.invalid(path, addresses, 'may specify no more than one IP for each IP family'));
  return errors;
}
