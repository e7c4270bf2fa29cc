import { groupVersion } from '../../../api/resource-type.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';

/** How kubectl's messages tell which object is meant, in two lines. */
export const resourceText = ({ resource, name, namespace = '' }: ResourceInfo): string =>
  `Resource: ${JSON.stringify(`${groupVersion(resource)}, Resource=${resource.resource}`)}, GroupVersionKind: ${JSON.stringify(
    `${resource.group}/${resource.version}, Kind=${resource.kind}`,
  )}\nName: ${JSON.stringify(name)}, Namespace: ${JSON.stringify(namespace)}`;
