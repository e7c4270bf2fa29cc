import type { PolicyRule } from '../../api/generated/rbac-v1.ts';
import type { AuthorizationAttributes } from './contract.ts';

/** Whether a rule of a role lets a request through (RBAC, "Referring to resources"). */
export function ruleAllows(rule: PolicyRule, attributes: AuthorizationAttributes): boolean {
  if (!matches(rule.verbs, attributes.verb)) return false;
  const { resource } = attributes;
  if (!resource) return rule.nonResourceURLs?.some((url) => urlCovers(url, attributes.path)) ?? false;
  return (
    matches(rule.apiGroups, resource.group) &&
    resourceMatches(rule.resources, resource.resource, resource.subresource) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(resource.name))
  );
}

const matches = (allowed: readonly string[] | undefined, wanted: string): boolean =>
  allowed !== undefined && (allowed.includes('*') || allowed.includes(wanted));

function resourceMatches(allowed: readonly string[] | undefined, resource: string, subresource: string): boolean {
  const wanted = subresource ? `${resource}/${subresource}` : resource;
  return matches(allowed, wanted) || (subresource !== '' && allowed !== undefined && allowed.includes(`*/${subresource}`));
}

/** `*` is everything, a trailing `*` a prefix. */
const urlCovers = (allowed: string, path: string): boolean =>
  allowed === '*' || allowed === path || (allowed.endsWith('*') && path.startsWith(allowed.slice(0, -1)));

/** The rules of `wanted` that `owned` does not cover, each broken down to one verb and one resource or URL, then put together again by verb. */
export function uncoveredRules(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  const missing = wanted.flatMap(atoms).filter((atom) => !owned.some((rule) => ruleCovers(rule, atom)));
  return joinVerbs(missing);
}

/** Every pair of verb and resource (or URL) of a rule as a rule of its own; a rule that names nothing stands for nothing. */
function atoms(rule: PolicyRule): PolicyRule[] {
  const names: readonly (string | undefined)[] = rule.resourceNames?.length ? rule.resourceNames : [undefined];
  const found: PolicyRule[] = [];
  for (const verb of rule.verbs) {
    for (const url of rule.nonResourceURLs ?? []) found.push({ verbs: [verb], nonResourceURLs: [url] });
    for (const group of rule.apiGroups ?? []) {
      for (const resource of rule.resources ?? []) {
        for (const name of names)
          found.push({ verbs: [verb], apiGroups: [group], resources: [resource], ...(name === undefined ? {} : { resourceNames: [name] }) });
      }
    }
  }
  return found;
}

function ruleCovers(owner: PolicyRule, atom: PolicyRule): boolean {
  if (!matches(owner.verbs, atom.verbs[0]!)) return false;
  const url = atom.nonResourceURLs?.[0];
  if (url !== undefined) return owner.nonResourceURLs?.some((allowed) => urlCovers(allowed, url)) ?? false;
  const [resource = '', subresource = ''] = atom.resources![0]!.split('/');
  const name = atom.resourceNames?.[0];
  return (
    matches(owner.apiGroups, atom.apiGroups![0]!) &&
    resourceMatches(owner.resources, resource, subresource) &&
    (!owner.resourceNames?.length || (name !== undefined && owner.resourceNames.includes(name)))
  );
}

function joinVerbs(rules: readonly PolicyRule[]): PolicyRule[] {
  const byTarget = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const { verbs, ...target } = rule;
    const key = JSON.stringify(target);
    const known = byTarget.get(key);
    if (!known) byTarget.set(key, { ...rule, verbs: [...verbs] });
    else if (!known.verbs.includes(verbs[0]!)) known.verbs.push(verbs[0]!);
  }
  return [...byTarget.values()];
}

/** A rule on one line, as refusals show it: `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}`. */
export function ruleText(rule: PolicyRule): string {
  const parts: string[] = [];
  const add = (label: string, values: readonly string[] | undefined): void => {
    if (values?.length) parts.push(`${label}:${listText(values)}`);
  };
  add('APIGroups', rule.apiGroups);
  add('Resources', rule.resources);
  add('NonResourceURLs', rule.nonResourceURLs);
  add('ResourceNames', rule.resourceNames);
  add('Verbs', rule.verbs);
  return `{${parts.join(', ')}}`;
}

/** A list of texts as Go prints it with `%q`: `["a" "b"]`. */
export const listText = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
