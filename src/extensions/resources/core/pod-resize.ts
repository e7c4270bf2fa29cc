import type { Container, Pod, ResourceList } from '../../../api/generated/core-v1.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { sameValue } from '../../../extension-points/resources/same-value.ts';
import { eachAt } from './field-checks.ts';
import { isSidecar, podQosClass } from './pod-resources.ts';
import { compareAmounts } from './resource-amounts.ts';

type Containers = Loose<Container>[] | undefined;

/** Takes `resources` and `resizePolicy` of the containers from the draft, and everything else from the stored pod. */
export function keepOnlyResize(draft: Draft<Pod>, old: Draft<Pod>): void {
  const asked = draft.spec ?? {};
  draft.spec = {
    ...old.spec,
    containers: resized(asked.containers, old.spec?.containers) ?? [],
    ...(old.spec?.initContainers ? { initContainers: resized(asked.initContainers, old.spec.initContainers) } : {}),
  };
}

const resized = (asked: Containers, old: Containers): Containers =>
  old?.map((container) => {
    const wanted = asked?.find((candidate) => candidate.name === container.name);
    if (!wanted) return container;
    const { resources: _resources, resizePolicy: _policy, ...rest } = container;
    return { ...rest, ...(wanted.resources ? { resources: wanted.resources } : {}), ...(wanted.resizePolicy ? { resizePolicy: wanted.resizePolicy } : {}) };
  });

/** What `/resize` refuses beyond the rules of a pod (upstream's `ValidatePodResize`). */
export function validateResize(pod: Draft<Pod>, old: Draft<Pod>): FieldError[] {
  const refusal = refusalOf(old);
  if (refusal) return [fieldError.forbidden('[]', refusal)];
  const errors: FieldError[] = [];
  if ((old.status?.qosClass ?? podQosClass(old.spec ?? {})) !== podQosClass(pod.spec ?? {})) {
    errors.push(fieldError.invalid('spec', pod.status?.qosClass ?? '', 'Pod QOS Class may not change as a result of resizing'));
  }
  const running = old.status?.containerStatuses?.find((status) => status.state?.running);
  if (running && !running.resources) errors.push(fieldError.forbidden('spec', 'Pod running on node without support for resize'));
  errors.push(...validateLists(pod.spec?.containers, old.spec?.containers, 'spec.containers'));
  const sidecars = validateLists(pod.spec?.initContainers?.filter(isSidecar), old.spec?.initContainers?.filter(isSidecar), 'spec.initContainers');
  const fixed = (pod.spec?.initContainers ?? []).some((container, index) => !isSidecar(container) && !sameValue(container, old.spec?.initContainers?.[index]));
  return [...errors, ...sidecars, ...(fixed ? [fieldError.forbidden('spec', 'resources for non-sidecar init containers are immutable')] : [])];
}

function refusalOf({ metadata, spec }: Draft<Pod>): string | undefined {
  if (Object.keys(spec?.resources?.requests ?? {}).length + Object.keys(spec?.resources?.limits ?? {}).length > 0)
    return 'pods with pod-level resources cannot be resized';
  if (metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return 'static pods cannot be resized';
  return spec?.os?.name === 'windows' ? 'windows pods cannot be resized' : undefined;
}

function validateLists(containers: Containers, old: Containers, path: string): FieldError[] {
  return eachAt(containers, path, (container, at, index) => {
    const before = old?.[index];
    const errors: FieldError[] = [];
    for (const field of ['requests', 'limits'] as const) {
      const isRemoved = Object.keys(before?.resources?.[field] ?? {}).some((name) => container.resources?.[field]?.[name] === undefined);
      if (isRemoved) errors.push(fieldError.forbidden(`${at}.resources.${field}`, `resource ${field} cannot be removed`));
    }
    errors.push(...validateMemoryLimit(container, before, `${at}.resources.limits[memory]`));
    const others = (list: ResourceList | undefined): ResourceList =>
      Object.fromEntries(Object.entries(list ?? {}).filter(([name]) => name !== 'cpu' && name !== 'memory'));
    const changed = (['requests', 'limits'] as const).some((field) => !sameValue(others(container.resources?.[field]), others(before?.resources?.[field])));
    if (changed || !sameValue(container.resources?.claims, before?.resources?.claims))
      errors.push(fieldError.forbidden('spec', 'only cpu and memory resources are mutable'));
    return errors;
  });
}

/** Without a restart the kernel cannot be asked to take memory away safely. */
function validateMemoryLimit(container: Loose<Container>, before: Loose<Container> | undefined, path: string): FieldError[] {
  const policy = container.resizePolicy?.find((entry) => entry.resourceName === 'memory')?.restartPolicy ?? 'NotRequired';
  const limit = container.resources?.limits?.['memory'];
  const old = before?.resources?.limits?.['memory'];
  if (policy !== 'NotRequired' || limit === undefined) return [];
  if (old === undefined) return [fieldError.forbidden(path, 'memory limits cannot be added unless resizePolicy is RestartContainer')];
  return compareAmounts(limit, old) < 0 ? [fieldError.forbidden(path, 'memory limits cannot be decreased unless resizePolicy is RestartContainer')] : [];
}
