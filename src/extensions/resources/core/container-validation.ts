import type { Container, ContainerPort, EphemeralContainer, PodSpec, Volume, VolumeDevice, VolumeMount } from '../../../api/generated/core-v1.ts';
import { portNameProblems, portNumberProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { validateEnvironment, validateEnvironmentSources } from './container-environment-validation.ts';
import { descendingPathAt, dnsLabelAt, duplicates, eachAt, joined, oneOfAt, optionalOneOfAt, problemsAt, requiredAt } from './field-checks.ts';
import { isSidecar } from './pod-resources.ts';
import { validateLifecycle, validateLivenessProbe, validateReadinessProbe } from './probe-validation.ts';
import { validateResourceRequirements } from './resource-requirements-validation.ts';
import { validateSecurityContext } from './security-context-validation.ts';

type AnyContainer = Loose<Container> & { targetContainerName?: string | undefined };

/** What a container may refer to in its pod. */
export interface ContainerContext {
  readonly spec: Loose<PodSpec>;
  readonly volumes: ReadonlyMap<string, Loose<Volume>>;
  readonly claimNames: readonly string[];
  readonly allowIndivisibleHugePages: boolean;
}

/** `spec.containers`. */
export function validateContainers(containers: readonly Loose<Container>[] | undefined, context: ContainerContext, path: string): FieldError[] {
  if (!containers || containers.length === 0) return [fieldError.required(path)];
  const duplicate = duplicates();
  const errors = eachAt(containers, path, (container, at) =>
    joined(
      validateCommon(container, context, at),
      duplicate(container.name ?? '', `${at}.name`),
      validateLifecycle(container.lifecycle, context.spec.terminationGracePeriodSeconds, `${at}.lifecycle`),
      validateProbes(container, at),
      validateRestartRules(container, at),
    ),
  );
  return [...errors, ...validateHostPorts(containers, path)];
}

/** `spec.initContainers`; names must differ from those of regular containers. */
export function validateInitContainers(containers: readonly Loose<Container>[] | undefined, context: ContainerContext, path: string): FieldError[] {
  const duplicate = duplicates();
  for (const container of context.spec.containers ?? []) duplicate(container.name ?? '', '');
  return eachAt(containers, path, (container, at) => [
    ...validateCommon(container, context, at),
    ...validateRestartRules(container, at),
    ...duplicate(container.name ?? '', `${at}.name`),
    ...validateHostPorts([container], path),
    ...(isSidecar(container)
      ? [...validateLifecycle(container.lifecycle, context.spec.terminationGracePeriodSeconds, `${at}.lifecycle`), ...validateProbes(container, at)]
      : forbidProbes(container, at)),
  ]);
}

/** `spec.ephemeralContainers`: debugging aids that may use only part of what containers may. */
export function validateEphemeralContainers(
  containers: readonly Loose<EphemeralContainer>[] | undefined,
  context: ContainerContext,
  path: string,
): FieldError[] {
  const others = [...(context.spec.containers ?? []), ...(context.spec.initContainers ?? [])].map((container) => container.name ?? '');
  const duplicate = duplicates();
  for (const name of others) duplicate(name, '');
  return eachAt(containers, path, (container, at) =>
    joined(
      validateCommon(container, context, at),
      validateImagePadding(container, at),
      duplicate(container.name ?? '', `${at}.name`),
      container.targetContainerName && !others.includes(container.targetContainerName)
        ? [fieldError.notFound(`${at}.targetContainerName`, container.targetContainerName)]
        : [],
      forbidForEphemeral(container, at),
    ),
  );
}

/** Pods, unlike templates, must not have blanks around image names. */
export function validateImagePadding(container: AnyContainer, path: string): FieldError[] {
  const image = container.image ?? '';
  return image === image.trim() ? [] : [fieldError.invalid(`${path}.image`, image, 'must not have leading or trailing whitespace')];
}

function validateCommon(container: AnyContainer, context: ContainerContext, path: string): FieldError[] {
  return joined(
    container.name ? dnsLabelAt(container.name, `${path}.name`) : [fieldError.required(`${path}.name`)],
    requiredAt(container.image, `${path}.image`),
    oneOfAt(container.terminationMessagePolicy, ['File', 'FallbackToLogsOnError'], `${path}.terminationMessagePolicy`),
    validatePorts(container.ports, `${path}.ports`),
    validateEnvironment(container.env, `${path}.env`),
    validateEnvironmentSources(container.envFrom, `${path}.envFrom`),
    validateVolumeMounts(container, context, `${path}.volumeMounts`),
    validateVolumeDevices(container, context, `${path}.volumeDevices`),
    oneOfAt(container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never'], `${path}.imagePullPolicy`),
    validateResourceRequirements(container.resources, `${path}.resources`, context),
    validateResizePolicy(container, context.spec.restartPolicy, `${path}.resizePolicy`),
    validateSecurityContext(container.securityContext, `${path}.securityContext`),
  );
}

function validateProbes(container: Loose<Container>, path: string): FieldError[] {
  return joined(
    validateLivenessProbe(container.livenessProbe, `${path}.livenessProbe`),
    validateReadinessProbe(container.readinessProbe, `${path}.readinessProbe`),
    validateLivenessProbe(container.startupProbe, `${path}.startupProbe`),
  );
}

function forbidProbes(container: Loose<Container>, path: string): FieldError[] {
  const fields = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const;
  return fields
    .filter((field) => container[field] !== undefined)
    .map((field) => fieldError.forbidden(`${path}.${field}`, 'may not be set for init containers without restartPolicy=Always'));
}

const forbiddenForEphemeral = [
  'ports',
  'resources',
  'resizePolicy',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'restartPolicy',
  'restartPolicyRules',
] as const;

function forbidForEphemeral(container: Loose<EphemeralContainer>, path: string): FieldError[] {
  const detail = 'cannot be set for an Ephemeral Container';
  const isSet = (value: unknown): boolean => value !== undefined && !(typeof value === 'object' && value !== null && Object.keys(value).length === 0);
  const errors = forbiddenForEphemeral.filter((field) => isSet(container[field])).map((field) => fieldError.forbidden(`${path}.${field}`, detail));
  return [
    ...errors,
    ...eachAt(container.volumeMounts, `${path}.volumeMounts`, (mount, at) =>
      joined(
        mount.subPath ? [fieldError.forbidden(`${at}.subPath`, detail)] : [],
        mount.subPathExpr ? [fieldError.forbidden(`${at}.subPathExpr`, detail)] : [],
      ),
    ),
  ];
}

function validatePorts(ports: readonly Loose<ContainerPort>[] | undefined, path: string): FieldError[] {
  const duplicate = duplicates();
  return eachAt(ports, path, (port, at) => {
    const named = port.name ? problemsAt(portNameProblems, port.name, `${at}.name`) : [];
    return joined(
      named,
      port.name && named.length === 0 ? duplicate(port.name, `${at}.name`) : [],
      port.containerPort
        ? portNumberProblems(port.containerPort).map((detail) => fieldError.invalid(`${at}.containerPort`, port.containerPort, detail))
        : [fieldError.required(`${at}.containerPort`)],
      port.hostPort ? portNumberProblems(port.hostPort).map((detail) => fieldError.invalid(`${at}.hostPort`, port.hostPort, detail)) : [],
      oneOfAt(port.protocol, ['SCTP', 'TCP', 'UDP'], `${at}.protocol`),
    );
  });
}

function validateHostPorts(containers: readonly Loose<Container>[], path: string): FieldError[] {
  const duplicate = duplicates();
  return eachAt(containers, path, (container, at) =>
    eachAt(container.ports, `${at}.ports`, (port, portPath) =>
      port.hostPort ? duplicate(`${port.protocol ?? ''}/${port.hostIP ?? ''}/${port.hostPort}`, `${portPath}.hostPort`) : [],
    ),
  );
}

function validateVolumeMounts(container: AnyContainer, { volumes }: ContainerContext, path: string): FieldError[] {
  const seen = new Set<string>();
  return eachAt(container.volumeMounts, path, (mount, at) => {
    const errors = [...requiredAt(mount.name, `${at}.name`)];
    const volume = volumes.get(mount.name ?? '');
    if (!volume) errors.push(fieldError.notFound(`${at}.name`, mount.name ?? ''));
    errors.push(...requiredAt(mount.mountPath, `${at}.mountPath`));
    if (seen.has(mount.mountPath ?? '')) errors.push(fieldError.invalid(`${at}.mountPath`, mount.mountPath, 'must be unique'));
    seen.add(mount.mountPath ?? '');
    errors.push(...validateMountOverlap(mount, container.volumeDevices ?? [], at), ...validateMountOptions(mount, container, volume, { path, at }));
    return errors;
  });
}

function validateMountOverlap(mount: Loose<VolumeMount>, devices: readonly Loose<VolumeDevice>[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (devices.some((device) => device.name === mount.name))
    errors.push(fieldError.invalid(`${path}.name`, mount.name, 'must not already exist in volumeDevices'));
  if (devices.some((device) => device.devicePath === mount.mountPath))
    errors.push(fieldError.invalid(`${path}.mountPath`, mount.mountPath, 'must not already exist as a path in volumeDevices'));
  return errors;
}

function validateMountOptions(
  mount: Loose<VolumeMount>,
  container: AnyContainer,
  volume: Loose<Volume> | undefined,
  { path, at }: { path: string; at: string },
): FieldError[] {
  const errors: FieldError[] = [];
  // Upstream reports these options on the list, not on the mount.
  if (mount.subPath) errors.push(...descendingPathAt(mount.subPath, `${path}.subPath`));
  if (mount.subPathExpr) {
    if (mount.subPath) errors.push(fieldError.invalid(`${at}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
    errors.push(...descendingPathAt(mount.subPathExpr, `${path}.subPathExpr`));
  }
  if (volume?.image && mount.subPathExpr) errors.push(fieldError.invalid(`${at}.subPathExpr`, mount.subPathExpr, 'not allowed in image volume sources'));
  if (mount.mountPropagation !== undefined) {
    errors.push(...optionalOneOfAt(mount.mountPropagation, ['Bidirectional', 'HostToContainer', 'None'], `${path}.mountPropagation`));
    if (mount.mountPropagation === 'Bidirectional' && !container.securityContext?.privileged)
      errors.push(fieldError.forbidden(`${path}.mountPropagation`, 'Bidirectional mount propagation is available only to privileged containers'));
  }
  return [...errors, ...validateRecursiveReadOnly(mount, `${path}.recursiveReadOnly`)];
}

function validateRecursiveReadOnly(mount: Loose<VolumeMount>, path: string): FieldError[] {
  const mode = mount.recursiveReadOnly;
  if (mode === undefined || mode === 'Disabled') return [];
  if (mode !== 'Enabled' && mode !== 'IfPossible') return [fieldError.notSupported(path, mode, ['Disabled', 'Enabled', 'IfPossible'])];
  const errors: FieldError[] = [];
  if (!mount.readOnly) errors.push(fieldError.forbidden(path, 'may only be specified when readOnly is true'));
  if (mount.mountPropagation && mount.mountPropagation !== 'None')
    errors.push(fieldError.forbidden(path, 'may only be specified when mountPropagation is None or not specified'));
  return errors;
}

function validateVolumeDevices(container: AnyContainer, { volumes }: ContainerContext, path: string): FieldError[] {
  const names = new Set<string>();
  const paths = new Set<string>();
  return eachAt(container.volumeDevices, path, (device, at) => {
    const { name = '', devicePath = '' } = device;
    const volume = volumes.get(name);
    const errors = [...requiredAt(name, `${at}.name`)];
    const invalid = (field: 'name' | 'devicePath', detail: string): void => void errors.push(fieldError.invalid(`${at}.${field}`, device[field] ?? '', detail));
    if (names.has(name)) invalid('name', 'must be unique');
    if (volume && !volume.persistentVolumeClaim && !volume.ephemeral)
      invalid('name', 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode');
    if (!volume) errors.push(fieldError.notFound(`${at}.name`, name));
    errors.push(...requiredAt(devicePath, `${at}.devicePath`));
    if (paths.has(devicePath)) invalid('devicePath', 'must be unique');
    if (devicePath.split('/').includes('..')) invalid('devicePath', "can not contain backsteps ('..')");
    if (container.volumeMounts?.some((mount) => mount.name === name)) invalid('name', 'must not already exist in volumeMounts');
    if (container.volumeMounts?.some((mount) => mount.mountPath === devicePath)) invalid('devicePath', 'must not already exist as a path in volumeMounts');
    names.add(name);
    paths.add(devicePath);
    return errors;
  });
}

function validateResizePolicy(container: AnyContainer, podRestartPolicy: string | undefined, path: string): FieldError[] {
  const duplicate = duplicates();
  return eachAt(container.resizePolicy, path, (policy, at) =>
    joined(
      duplicate(policy.resourceName ?? '', at),
      oneOfAt(policy.resourceName, ['cpu', 'memory'], path),
      oneOfAt(policy.restartPolicy, ['NotRequired', 'RestartContainer'], path),
      podRestartPolicy === 'Never' && policy.restartPolicy !== 'NotRequired'
        ? [fieldError.invalid(path, policy.restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'")]
        : [],
    ),
  );
}

function validateRestartRules(container: Loose<Container>, path: string): FieldError[] {
  const errors = optionalOneOfAt(container.restartPolicy, ['Always', 'Never', 'OnFailure'], `${path}.restartPolicy`);
  const rules = container.restartPolicyRules ?? [];
  if (rules.length > 0 && container.restartPolicy === undefined)
    errors.push(fieldError.required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used'));
  if (rules.length > 20) errors.push({ path: `${path}.restartPolicyRules`, type: 'FieldValueTooLong', detail: 'may not have more than 20 items' });
  return [
    ...errors,
    ...eachAt(rules, `${path}.restartPolicyRules`, (rule, at) =>
      joined(
        oneOfAt(rule.action, ['Restart', 'RestartAllContainers'], `${at}.action`),
        rule.exitCodes
          ? oneOfAt(rule.exitCodes.operator, ['In', 'NotIn'], `${at}.exitCodes.operator`)
          : [fieldError.required(`${at}.exitCodes`, 'must be specified')],
      ),
    ),
  ];
}
