import type { AppArmorProfile, PodSecurityContext, PodSpec, SeccompProfile, SecurityContext } from '../../../api/generated/core-v1.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { descendingPathAt, eachAt, idAt, joined, optionalOneOfAt } from './field-checks.ts';

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const sysctlPattern = '^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$';
const sysctlSegment = /^[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?$/;

/** `securityContext` of a container. */
export function validateSecurityContext(context: Loose<SecurityContext> | undefined, path: string): FieldError[] {
  if (!context) return [];
  const errors = joined(
    idAt(context.runAsUser, `${path}.runAsUser`),
    idAt(context.runAsGroup, `${path}.runAsGroup`),
    optionalOneOfAt(context.procMount, ['Default', 'Unmasked'], `${path}.procMount`),
    validateSeccomp(context.seccompProfile, `${path}.seccompProfile`),
    validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`),
  );
  if (context.allowPrivilegeEscalation !== false) return errors;
  if (context.privileged) errors.push(fieldError.invalid(path, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
  if (context.capabilities?.add?.some((capability) => capability === 'CAP_SYS_ADMIN')) {
    errors.push(fieldError.invalid(path, context, 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'));
  }
  return errors;
}

/** `securityContext` of a pod. */
export function validatePodSecurityContext(spec: Loose<PodSpec>, path: string): FieldError[] {
  const context = spec.securityContext;
  if (!context) return [];
  const errors = joined(
    idAt(context.fsGroup, `${path}.fsGroup`),
    idAt(context.runAsUser, `${path}.runAsUser`),
    idAt(context.runAsGroup, `${path}.runAsGroup`),
    eachAt(context.supplementalGroups, `${path}.supplementalGroups`, idAt),
    validateSysctls(context, spec, `${path}.sysctls`),
    optionalOneOfAt(context.fsGroupChangePolicy, ['Always', 'OnRootMismatch'], `${path}.fsGroupChangePolicy`),
    validateSeccomp(context.seccompProfile, `${path}.seccompProfile`),
    validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`),
    optionalOneOfAt(context.supplementalGroupsPolicy, ['Merge', 'Strict'], `${path}.supplementalGroupsPolicy`),
    optionalOneOfAt(context.seLinuxChangePolicy, ['MountOption', 'Recursive'], `${path}.seLinuxChangePolicy`),
  );
  if (spec.shareProcessNamespace && spec.hostPID) {
    errors.push(fieldError.invalid(`${path}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled'));
  }
  return errors;
}

function validateSeccomp(profile: Loose<SeccompProfile> | undefined, path: string): FieldError[] {
  if (!profile) return [];
  const errors: FieldError[] = [];
  if (!profile.type) errors.push(fieldError.required(`${path}.type`, 'type is required when seccompProfile is set'));
  else errors.push(...optionalOneOfAt(profile.type, profileTypes, `${path}.type`));
  if (profile.type !== 'Localhost') {
    if (profile.localhostProfile !== undefined)
      errors.push(fieldError.invalid(`${path}.localhostProfile`, profile, 'can only be set when seccomp type is Localhost'));
  } else if (profile.localhostProfile === undefined) errors.push(fieldError.required(`${path}.localhostProfile`, 'must be set when seccomp type is Localhost'));
  else errors.push(...descendingPathAt(profile.localhostProfile, `${path}.localhostProfile`));
  return errors;
}

function validateAppArmor(profile: Loose<AppArmorProfile> | undefined, path: string): FieldError[] {
  if (!profile) return [];
  if (!profile.type) return [fieldError.required(`${path}.type`, 'type is required when appArmorProfile is set')];
  const errors = optionalOneOfAt(profile.type, profileTypes, `${path}.type`);
  const name = profile.localhostProfile;
  const at = `${path}.localhostProfile`;
  if (profile.type !== 'Localhost') {
    if (name !== undefined && errors.length === 0) errors.push(fieldError.invalid(at, name, 'can only be set when AppArmor type is Localhost'));
  } else if (name === undefined || name === '') errors.push(fieldError.required(at, 'must be set when AppArmor type is Localhost'));
  else if (name !== name.trim()) errors.push(fieldError.invalid(at, name, 'must not be padded with whitespace'));
  if ((name?.length ?? 0) > 4095) errors.push(fieldError.tooLong(at, 4095));
  return errors;
}

function validateSysctls(context: Loose<PodSecurityContext>, spec: Loose<PodSpec>, path: string): FieldError[] {
  const seen = new Set<string>();
  return eachAt(context.sysctls, path, ({ name = '' }, at) => {
    const errors: FieldError[] = [];
    const isValid = name.length <= 253 && name.split(/[./]/).every((segment) => sysctlSegment.test(segment));
    if (name === '') errors.push(fieldError.required(`${at}.name`));
    else if (!isValid) errors.push(fieldError.invalid(`${at}.name`, name, `must have at most 253 characters and match regex ${sysctlPattern}`));
    else if (seen.has(name)) errors.push(fieldError.duplicate(`${at}.name`, name));
    seen.add(name);
    const dotted = name.replaceAll('/', '.');
    if (spec.hostNetwork && dotted.startsWith('net.')) errors.push(fieldError.invalid(`${at}.name`, name, "may not be specified when 'hostNetwork' is true"));
    const isIpc = /^(?:fs\.mqueue\.|kernel\.(?:shm|msg|sem))/.test(dotted);
    if (spec.hostIPC && isIpc) errors.push(fieldError.invalid(`${at}.name`, name, "may not be specified when 'hostIPC' is true"));
    return errors;
  });
}
