import type { Container, ContainerExtendedResourceRequest, Pod } from '../../../api/generated/core-v1.ts';
import type { DeviceRequest } from '../../../api/generated/resource-v1.ts';
import { quantityValue } from '../../../api/quantity.ts';
import type { ExtendedResourceClasses } from '../../../extension-points/scheduling/devices/extended-resource-classes.ts';

export interface RequestsAndMappings {
  /** By name. */
  readonly requests: readonly DeviceRequest[];
  /** Which container uses which request for which resource. */
  readonly mappings: readonly ContainerExtendedResourceRequest[];
}

/**
 * Requests for devices in place of extended resources. Each container has a request of its own, but those that run before others may use the devices of containers that
 * come after them, and share one request for what is missing: the largest. Rule: upstream's `createRequestsAndMappings`.
 */
export function requestsFor({ spec }: Pod, resources: Iterable<string>, classes: ExtendedResourceClasses): RequestsAndMappings {
  const initial = spec?.initContainers ?? [];
  const containers = [...initial, ...(spec?.containers ?? [])];
  const isBrief = (container: Container, index: number): boolean => index < initial.length && container.restartPolicy !== 'Always';
  const all: DeviceRequest[] = [];
  const mappings: ContainerExtendedResourceRequest[] = [];
  for (const resource of [...resources].sort()) {
    const className = classes.classOf(resource)?.metadata.name;
    if (className === undefined) continue;
    const wantedBy = (index: number, lent: readonly DeviceRequest[]): Wanted => wantedOf({ container: containers[index]!, index, resource, className }, lent);
    const lasting = containers.map((container, index) => (isBrief(container, index) ? undefined : wantedBy(index, [])));
    const brief = containers.flatMap((container, index) =>
      isBrief(container, index)
        ? [
            wantedBy(
              index,
              lasting.slice(index).flatMap((wanted) => wanted?.request ?? []),
            ),
          ]
        : [],
    );
    const largest = brief.reduce<DeviceRequest | undefined>((best, { request }) => (request && countOf(request) > countOf(best) ? request : best), undefined);
    if (largest) all.push(largest);
    all.push(...lasting.flatMap((wanted) => wanted?.request ?? []));
    mappings.push(...lasting.flatMap((wanted) => wanted?.mappings ?? []));
    mappings.push(
      ...brief.flatMap(({ request, mappings: own }) =>
        own.map((mapping) => (largest && mapping.requestName === request?.name ? { ...mapping, requestName: largest.name } : mapping)),
      ),
    );
  }
  return { requests: all.sort((left, right) => (left.name < right.name ? -1 : 1)), mappings };
}

interface Wanted {
  /** What has to be had beside what others lend. */
  readonly request?: DeviceRequest;
  readonly mappings: readonly ContainerExtendedResourceRequest[];
}

interface Wish {
  readonly container: Container;
  /** Among the init containers and then the others. */
  readonly index: number;
  readonly resource: string;
  readonly className: string;
}

function wantedOf({ container, index, resource, className }: Wish, lent: readonly DeviceRequest[]): Wanted {
  const requests = container.resources?.requests ?? {};
  const count = requests[resource] === undefined ? 0 : quantityValue(requests[resource]);
  if (count === 0) return { mappings: [] };
  const mappings: ContainerExtendedResourceRequest[] = [];
  const mapTo = (requestName: string): void => void mappings.push({ containerName: container.name, resourceName: resource, requestName });
  let had = 0;
  for (const request of lent) {
    had += countOf(request);
    mapTo(request.name);
    if (had >= count) return { mappings };
  }
  const name = `container-${index}-request-${Object.keys(requests).sort().indexOf(resource)}`;
  mapTo(name);
  return { request: { name, exactly: { deviceClassName: className, allocationMode: 'ExactCount', count: count - had } }, mappings };
}

const countOf = (request: DeviceRequest | undefined): number => request?.exactly?.count ?? 0;
