import { qualifiedNameProblems } from '../../../api/names.ts';

/** A quota's name for the request of a resource is the resource's own after this. */
export const requestsPrefix = 'requests.';
export const hugePagesPrefix = 'hugepages-';
/** Extended resources that stand for a class of devices, whatever other name the class has. */
export const deviceClassPrefix = 'deviceclass.resource.kubernetes.io/';
/** A quota's name for the devices of a class is the class's own before this. */
export const devicesOfClassSuffix = '.deviceclass.resource.k8s.io/devices';

const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');

/** Whether containers can ask for it as for a device: an extended resource, by its own name or by that of a class of devices. */
export const isDeviceResource = (name: string): boolean => name.startsWith(deviceClassPrefix) || isExtended(name);

const isExtended = (name: string): boolean =>
  !isNative(name) && !name.startsWith(requestsPrefix) && qualifiedNameProblems(`${requestsPrefix}${name}`).length === 0;

/** Whether a quota's name is that of an extended resource: `requests.` before the resource's own. */
export const isExtendedInQuota = (name: string): boolean =>
  name.startsWith(requestsPrefix) && (!isNative(name) || name.startsWith(`${requestsPrefix}${deviceClassPrefix}`));

/** What a quota counts the objects of a resource as. */
export const countName = ({ group, resource }: { readonly group: string; readonly resource: string }): string =>
  group === '' ? `count/${resource}` : `count/${resource}.${group}`;
