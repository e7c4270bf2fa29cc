import { derived } from '../../../api/common-parts.ts';
import type { Container, LimitRange, Pod, PodSpec, ResourceList } from '../../../api/generated/core-v1.ts';

const annotation = 'kubernetes.io/limit-ranger';

interface Defaults {
  readonly limits: ResourceList;
  readonly requests: ResourceList;
}

/** What the annotation says of a spec that was completed. */
const notes = new WeakMap<object, string>();

/** The pod with the defaults of a limit range in all its containers, and an annotation that says which; the same pod when there is nothing to add. */
export function withDefaults(pod: Pod, range: LimitRange): Pod {
  const defaults = defaultsOf(range);
  if (!defaults) return pod;
  const spec = derived(pod.spec, `limit range ${JSON.stringify(defaults)}`, () => completed(pod.spec, defaults));
  const note = spec === pod.spec ? undefined : notes.get(spec);
  if (note === undefined) return pod;
  return { ...pod, metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, [annotation]: note } }, spec };
}

function defaultsOf({ spec }: LimitRange): Defaults | undefined {
  const items = (spec?.limits ?? []).filter(({ type }) => type === 'Container');
  const limits: ResourceList = Object.assign({}, ...items.map((item) => item.default));
  const requests: ResourceList = Object.assign({}, ...items.map((item) => item.defaultRequest));
  return Object.keys(limits).length + Object.keys(requests).length > 0 ? { limits, requests } : undefined;
}

function completed(spec: PodSpec, defaults: Defaults): PodSpec {
  const said: string[] = [];
  const complete = (container: Container, kind: string): Container => {
    const limits = missingIn(container.resources?.limits, defaults.limits);
    const requests = missingIn(container.resources?.requests, defaults.requests);
    if (requests) said.push(`${Object.keys(requests).join(', ')} request for ${kind} ${container.name}`);
    if (limits) said.push(`${Object.keys(limits).join(', ')} limit for ${kind} ${container.name}`);
    if (!limits && !requests) return container;
    const resources = {
      ...container.resources,
      ...(limits ? { limits: { ...container.resources?.limits, ...limits } } : {}),
      ...(requests ? { requests: { ...container.resources?.requests, ...requests } } : {}),
    };
    return { ...container, resources };
  };
  const containers = spec.containers.map((container) => complete(container, 'container'));
  const initContainers = spec.initContainers?.map((container) => complete(container, 'init container'));
  if (said.length === 0) return spec;
  const whole = { ...spec, containers, ...(initContainers ? { initContainers } : {}) };
  notes.set(whole, `LimitRanger plugin set: ${said.join('; ')}`);
  return whole;
}

/** The defaults of names that are not there yet, in the order of the names; undefined when there are none. */
function missingIn(list: ResourceList | undefined, defaults: ResourceList): ResourceList | undefined {
  const names = Object.keys(defaults).filter((name) => list?.[name] === undefined);
  return names.length > 0 ? Object.fromEntries(names.sort().map((name) => [name, defaults[name]!])) : undefined;
}
