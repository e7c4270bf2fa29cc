import type { PodSpec, PodTemplateSpec, Volume } from '../../../api/generated/core-v1.ts';
import { maximumSubdomainLength, underscoredSubdomainProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { validateAnnotations, validateLabels } from '../../../extension-points/resources/object-meta.ts';
import { type ContainerContext, validateContainers, validateEphemeralContainers, validateInitContainers } from './container-validation.ts';
import {
  dnsLabelAt,
  dnsSubdomainAt,
  duplicates,
  eachAt,
  ipAt,
  joined,
  oneOfAt,
  optionalOneOfAt,
  problemsAt,
  qualifiedNameAt,
  rangeAt,
  requiredAt,
} from './field-checks.ts';
import { validatePodLevelResources } from './pod-level-resources-validation.ts';
import { validateAffinity, validateSchedulingGates, validateTolerations, validateTopologySpread } from './pod-scheduling-validation.ts';
import { hasIndivisibleHugePages, validateResourceRequirements } from './resource-requirements-validation.ts';
import { validatePodSecurityContext } from './security-context-validation.ts';
import { validateVolumes } from './volume-validation.ts';

export interface PodSpecOptions {
  /** The pod's name; absent in templates, which are checked less strictly. */
  readonly podName?: string | undefined;
  readonly allowIndivisibleHugePages?: boolean;
}

/** Upstream's `ValidatePodSpec`. */
export function validatePodSpec(spec: Loose<PodSpec>, path: string, { podName, allowIndivisibleHugePages = false }: PodSpecOptions = {}): FieldError[] {
  const volumes = new Map((spec.volumes ?? []).map((volume): [string, Loose<Volume>] => [volume.name ?? '', volume]));
  const claimNames = (spec.resourceClaims ?? []).map((claim) => claim.name ?? '').filter((name) => name !== '');
  const context: ContainerContext = { spec, volumes, claimNames, allowIndivisibleHugePages };
  return joined(
    requiredAt(spec.terminationGracePeriodSeconds, `${path}.terminationGracePeriodSeconds`),
    validateVolumes(spec.volumes, podName, `${path}.volumes`),
    validateResourceClaims(spec, `${path}.resourceClaims`),
    validateContainers(spec.containers, context, `${path}.containers`),
    validateInitContainers(spec.initContainers, context, `${path}.initContainers`),
    validateEphemeralContainers(spec.ephemeralContainers, context, `${path}.ephemeralContainers`),
    validatePodLevelResources(spec, { claimNames, allowIndivisibleHugePages }, `${path}.resources`),
    validateHostNetworkPorts(spec, podName !== undefined, `${path}.containers`),
    oneOfAt(spec.restartPolicy, ['Always', 'OnFailure', 'Never'], `${path}.restartPolicy`),
    oneOfAt(spec.dnsPolicy, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'], `${path}.dnsPolicy`),
    validateLabels(spec.nodeSelector, `${path}.nodeSelector`),
    validatePodSecurityContext(spec, `${path}.securityContext`),
    validateAffinity(spec.affinity, `${path}.affinity`),
    validateDnsConfig(spec, `${path}.dnsConfig`),
    eachAt(spec.readinessGates, `${path}.readinessGates`, (gate, at) => qualifiedNameAt(gate.conditionType ?? '', `${at}.conditionType`)),
    validateSchedulingGates(spec.schedulingGates, `${path}.schedulingGates`),
    validateTopologySpread(spec.topologySpreadConstraints, `${path}.topologySpreadConstraints`),
    validateHostUsers(spec, path),
    validatePodNames(spec, path),
    validateTolerations(spec.tolerations, `${path}.tolerations`),
    eachAt(spec.hostAliases, `${path}.hostAliases`, (alias, at) => [
      ...ipAt(alias.ip, `${at}.ip`),
      ...eachAt(alias.hostnames, `${at}.hostnames`, (name, namePath) => dnsSubdomainAt(name, namePath)),
    ]),
    optionalOneOfAt(spec.preemptionPolicy, ['PreemptLowerPriority', 'Never'], `${path}.preemptionPolicy`),
    // Upstream checks it as the limits of a container.
    spec.overhead ? validateResourceRequirements({ limits: spec.overhead }, `${path}.overhead`, { claimNames: [], allowIndivisibleHugePages }) : [],
    spec.os?.name ? optionalOneOfAt(spec.os.name, ['linux', 'windows'], `${path}.os`) : requiredAt(spec.os ? '' : 'none', `${path}.os.name`),
  );
}

/** Upstream's `ValidatePodTemplateSpec`. What `old`, the stored template, breaks of a newer rule may stay as it is. */
export function validatePodTemplate(template: Loose<PodTemplateSpec> | undefined, path: string, old?: Loose<PodTemplateSpec>): FieldError[] {
  if (!template) return [fieldError.required(path)];
  const errors = joined(
    validateLabels(template.metadata?.labels, `${path}.labels`),
    validateAnnotations(template.metadata?.annotations, `${path}.annotations`),
    validatePodSpec(template.spec ?? {}, `${path}.spec`, { allowIndivisibleHugePages: hasIndivisibleHugePages(old?.spec) }),
  );
  if ((template.spec?.ephemeralContainers?.length ?? 0) > 0)
    errors.push(fieldError.forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'));
  return errors;
}

function validateResourceClaims(spec: Loose<PodSpec>, path: string): FieldError[] {
  const duplicate = duplicates();
  return eachAt(spec.resourceClaims, path, (claim, at) => {
    const name = claim.name ?? '';
    const repeated = duplicate(name, `${at}.name`);
    const errors = name === '' ? [fieldError.required(`${at}.name`)] : repeated.length > 0 ? repeated : dnsLabelAt(name, `${at}.name`);
    const { resourceClaimName, resourceClaimTemplateName } = claim;
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined)
      errors.push(fieldError.invalid(at, claim, 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'));
    if (resourceClaimName === undefined && resourceClaimTemplateName === undefined)
      errors.push(fieldError.invalid(at, claim, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'));
    if (resourceClaimName !== undefined) errors.push(...dnsSubdomainAt(resourceClaimName, `${at}.resourceClaimName`));
    if (resourceClaimTemplateName !== undefined) errors.push(...dnsSubdomainAt(resourceClaimTemplateName, `${at}.resourceClaimTemplateName`));
    return errors;
  });
}

function validateHostNetworkPorts(spec: Loose<PodSpec>, isPod: boolean, path: string): FieldError[] {
  if (!spec.hostNetwork) return [];
  return eachAt(spec.containers, path, (container, at) =>
    eachAt(container.ports, `${at}.ports`, ({ hostPort = 0, containerPort }, portPath) =>
      (isPod || hostPort !== 0) && hostPort !== containerPort
        ? [fieldError.invalid(`${portPath}.hostPort`, hostPort, 'must match `containerPort` when `hostNetwork` is true')]
        : [],
    ),
  );
}

function validateDnsConfig({ dnsConfig, dnsPolicy }: Loose<PodSpec>, path: string): FieldError[] {
  if (dnsPolicy === 'None') {
    if (!dnsConfig) return [fieldError.required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    if ((dnsConfig.nameservers?.length ?? 0) === 0)
      return [fieldError.required(`${path}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')];
  }
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {};
  const errors: FieldError[] = [];
  if (nameservers.length > 3) errors.push(fieldError.invalid(`${path}.nameservers`, nameservers, 'must not have more than 3 nameservers'));
  errors.push(...eachAt(nameservers, `${path}.nameservers`, ipAt));
  if (searches.length > 32) errors.push(fieldError.invalid(`${path}.searches`, searches, 'must not have more than 32 search paths'));
  if (searches.join(' ').length > 2048)
    errors.push(fieldError.invalid(`${path}.searches`, searches, 'must not have more than 2048 characters (including spaces) in the search list'));
  errors.push(...eachAt(searches, `${path}.searches`, (search, at) => validateSearch(search, at)));
  return [...errors, ...eachAt(options, `${path}.options`, (option, at) => (option.name ? [] : [fieldError.required(at, 'must not be empty')]))];
}

/** Search domains may have underscores and a final dot; a single dot stands for the root. */
const validateSearch = (search: string, path: string): FieldError[] =>
  search === '.' ? [] : problemsAt(underscoredSubdomainProblems, search.replace(/\.$/, ''), path);

function validateHostUsers(spec: Loose<PodSpec>, path: string): FieldError[] {
  if (spec.hostUsers !== false) return [];
  const shared: [boolean | undefined, string][] = [
    [spec.hostNetwork, 'hostNetwork'],
    [spec.hostPID, 'HostPID'],
    [spec.hostIPC, 'HostIPC'],
  ];
  return shared.filter(([isShared]) => isShared).map(([, field]) => fieldError.forbidden(`${path}.${field}`, 'when `hostUsers` is false'));
}

function validatePodNames(spec: Loose<PodSpec>, path: string): FieldError[] {
  const subdomains = ['serviceAccountName', 'nodeName', 'priorityClassName', 'runtimeClassName'] as const;
  const labels = ['hostname', 'subdomain'] as const;
  return joined(
    subdomains.flatMap((field) => (spec[field] ? dnsSubdomainAt(spec[field], `${path}.${field}`) : [])),
    labels.flatMap((field) => (spec[field] ? dnsLabelAt(spec[field], `${path}.${field}`) : [])),
    rangeAt(spec.activeDeadlineSeconds, 1, 2_147_483_647, `${path}.activeDeadlineSeconds`),
    validateHostnameOverride(spec, path),
  );
}

function validateHostnameOverride(spec: Loose<PodSpec>, path: string): FieldError[] {
  const name = spec.hostnameOverride;
  if (name === undefined) return [];
  const errors = dnsSubdomainAt(name, `${path}.hostnameOverride`);
  // The kernel keeps 64 characters of a host name.
  if (name.length > 64 && name.length <= maximumSubdomainLength) errors.push(fieldError.tooLong(`${path}.hostnameOverride`, 64));
  if (spec.hostNetwork) errors.push(fieldError.forbidden(`${path}.hostnameOverride`, 'may not be specified when hostNetwork is true'));
  if (spec.setHostnameAsFQDN) errors.push(fieldError.forbidden(`${path}.hostnameOverride`, 'may not be specified when setHostnameAsFQDN is true'));
  return errors;
}
