import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';

/** `/v1, Resource=pods`: a resource as Go prints it. */
export const resourceName = ({ group, version, resource }: ResourceInfo['resource']): string => `${group}/${version}, Resource=${resource}`;

/** How kubectl's messages tell which object is meant, in two lines. */
export const resourceText = ({ resource, name, namespace = '' }: ResourceInfo): string =>
  `Resource: ${JSON.stringify(resourceName(resource))}, GroupVersionKind: ${JSON.stringify(`${resource.group}/${resource.version}, Kind=${resource.kind}`)}\nName: ${JSON.stringify(name)}, Namespace: ${JSON.stringify(namespace)}`;
