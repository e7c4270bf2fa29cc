import { qualifiedNameProblems } from '../../api/names.ts';

/** Whether devices may have this resource name (upstream's `IsExtendedResourceName`): with a domain that is not Kubernetes' own, and still a name with `requests.` in front, as quotas have it. */
export function isDeviceResourceName(name: string): boolean {
  const isNative = !name.includes('/') || name.includes('kubernetes.io/');
  return !isNative && !name.startsWith('requests.') && qualifiedNameProblems(`requests.${name}`).length === 0;
}
