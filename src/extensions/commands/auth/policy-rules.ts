import type { PolicyRule } from '../../../api/generated/rbac-v1.ts';

/** Takes rules apart until each has one verb, one resource and one name, or one verb and one path. */
export const breakDown = (rules: readonly PolicyRule[]): PolicyRule[] =>
  rules.flatMap(({ apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [], verbs }) => [
    ...apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb): PolicyRule[] => {
          const rule = { apiGroups: [group], resources: [resource], verbs: [verb] };
          return resourceNames.length > 0 ? resourceNames.map((name) => ({ ...rule, resourceNames: [name] })) : [rule];
        }),
      ),
    ),
    ...nonResourceURLs.flatMap((path) => verbs.map((verb): PolicyRule => ({ nonResourceURLs: [path], verbs: [verb] }))),
  ]);

/** Puts rules of one resource (and name) that differ in their verbs together, and sorts all as upstream does: by their text, verbs first. */
export function compact(rules: readonly PolicyRule[]): PolicyRule[] {
  const simple = new Map<string, PolicyRule>();
  const others: PolicyRule[] = [];
  for (const rule of rules) {
    if (rule.nonResourceURLs?.length || rule.apiGroups?.length !== 1 || rule.resources?.length !== 1) {
      others.push(rule);
      continue;
    }
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames ?? []]);
    const known = simple.get(key);
    simple.set(key, known ? { ...known, verbs: [...new Set([...known.verbs, ...rule.verbs])] } : rule);
  }
  return [...others, ...simple.values()]
    .map((rule) => ({ rule, text: ruleText(rule) }))
    .sort(byText)
    .map(({ rule }) => rule);
}

const byText = (left: { readonly text: string }, right: { readonly text: string }): number => (left.text < right.text ? -1 : left.text > right.text ? 1 : 0);

/** A list as Go prints it. */
export const listText = (words: readonly string[] | undefined): string => `[${(words ?? []).join(' ')}]`;

/** A rule as Go prints it. */
export const ruleText = ({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string =>
  `Verbs:${listText(verbs)},APIGroups:${listText(apiGroups)},Resources:${listText(resources)},ResourceNames:${listText(resourceNames)},NonResourceURLs:${listText(nonResourceURLs)},`;

/** The broken-down parts of `wanted` that no single rule of `owned` allows. */
export const uncovered = (owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] =>
  breakDown(wanted).filter((part) => !owned.some((rule) => covers(rule, part)));

function covers(owner: PolicyRule, part: PolicyRule): boolean {
  const hasVerb = owner.verbs.includes('*') || owner.verbs.includes(part.verbs[0]!);
  const path = part.nonResourceURLs?.[0];
  if (path !== undefined) return hasVerb && (owner.nonResourceURLs ?? []).some((pattern) => pattern === path || pathCovers(pattern, path));
  const names = owner.resourceNames ?? [];
  const name = part.resourceNames?.[0];
  const hasName = names.length === 0 || (name !== undefined && names.includes(name));
  const groups = owner.apiGroups ?? [];
  return hasVerb && hasName && (groups.includes('*') || groups.includes(part.apiGroups![0]!)) && resourceCovers(owner.resources ?? [], part.resources![0]!);
}

const pathCovers = (pattern: string, path: string): boolean => pattern === '*' || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)));

// A star allows everything, a star before a sub-resource that of every resource.
function resourceCovers(owned: readonly string[], resource: string): boolean {
  const slash = resource.indexOf('/');
  return owned.includes('*') || owned.includes(resource) || (slash >= 0 && owned.includes(`*${resource.slice(slash)}`));
}
