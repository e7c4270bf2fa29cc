import type { PolicyRule } from '../../../../api/generated/rbac-v1.ts';
import { compareText } from '../../../../extension-points/commands/printers/go-values.ts';

/**
 * Rules taken apart into one resource or URL, one name and one verb each, and verbs of the same resource and name put together again. Sorted by the text that Go's
 * `PolicyRule.String` makes of them, which is kubectl's order.
 */
export function compactRules(rules: readonly PolicyRule[]): PolicyRule[] {
  const compact: PolicyRule[] = [];
  const known = new Map<string, PolicyRule>();
  for (const rule of rules.flatMap(takenApart)) {
    const key = rule.nonResourceURLs ? undefined : JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames ?? []]);
    const same = key === undefined ? undefined : known.get(key);
    if (!same) compact.push(rule);
    else if (!same.verbs.includes(rule.verbs[0]!)) same.verbs.push(rule.verbs[0]!);
    if (key !== undefined && !same) known.set(key, rule);
  }
  return compact.sort((left, right) => compareText(sortText(left), sortText(right)));
}

function takenApart({ apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [], verbs }: PolicyRule): PolicyRule[] {
  const names = resourceNames.length > 0 ? resourceNames.map((name) => [name]) : [undefined];
  const ofResources = apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) => names.map((name) => ({ apiGroups: [group], resources: [resource], verbs: [verb], ...(name ? { resourceNames: name } : {}) }))),
    ),
  );
  return [...ofResources, ...nonResourceURLs.flatMap((url) => verbs.map((verb) => ({ nonResourceURLs: [url], verbs: [verb] })))];
}

const sortText = ({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: PolicyRule): string => {
  const list = (values: readonly string[]): string => `[${values.join(' ')}]`;
  return `&PolicyRule{Verbs:${list(verbs)},APIGroups:${list(apiGroups)},Resources:${list(resources)},ResourceNames:${list(resourceNames)},NonResourceURLs:${list(nonResourceURLs)},}`;
};

/** `deployments.apps/scale`. */
export function resourceText({ resources = [], apiGroups = [] }: PolicyRule): string {
  const [resource] = resources;
  if (resource === undefined) return '';
  const slash = resource.indexOf('/');
  const [name, subresource] = slash < 0 ? [resource, ''] : [resource.slice(0, slash), resource.slice(slash)];
  return `${name}${apiGroups[0] ? `.${apiGroups[0]}` : ''}${subresource}`;
}
