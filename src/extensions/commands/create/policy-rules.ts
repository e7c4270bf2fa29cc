import type { ResourceMapper, ServedResource } from '../../../extension-points/commands/discovery/contract.ts';
import { ExitCode } from '../../../extension-points/commands/errors/command-errors.ts';

/** What `--resource` says: `pods`, `rs.apps`, `pods/log`. */
export interface WantedResource {
  readonly resource: string;
  readonly group: string;
  readonly subresource: string;
}

const rbac = 'rbac.authorization.k8s.io';
export const resourceVerbs = [
  ...['*', 'get', 'delete', 'list', 'create', 'update', 'patch', 'watch', 'proxy', 'deletecollection'],
  ...['use', 'bind', 'escalate', 'impersonate'],
];

/** Verbs that mean something for these resources only, `resource` and group. */
const specialVerbs: Readonly<Record<string, readonly (readonly [resource: string, group: string])[]>> = {
  use: [
    ['podsecuritypolicies', 'policy'],
    ['podsecuritypolicies', 'extensions'],
  ],
  bind: [
    ['roles', rbac],
    ['clusterroles', rbac],
  ],
  escalate: [
    ['roles', rbac],
    ['clusterroles', rbac],
  ],
  impersonate: [
    ['users', ''],
    ['serviceaccounts', ''],
    ['groups', ''],
    ['userextras', 'authentication.k8s.io'],
  ],
};

/** Each verb once; `*` stands for all. */
export const distinctVerbs = (verbs: readonly string[]): readonly string[] => (verbs.includes('*') ? ['*'] : [...new Set(verbs)]);

/** Reads `--resource`; a bare `*` stands for all. */
export function wantedResources(words: readonly string[]): readonly WantedResource[] {
  if (words.includes('*')) return [{ resource: '*', group: '', subresource: '' }];
  return words.map((word) => {
    const [name, subresource] = cut(word, '/');
    const [resource, group] = cut(name, '.');
    return { resource, group, subresource };
  });
}

const cut = (text: string, separator: string): [string, string] => {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
};

/** Refuses resources that are not served, and verbs that do not go with them, in kubectl's words. */
export async function checkResources(mapper: ResourceMapper, verbs: readonly string[], resources: readonly WantedResource[]): Promise<void> {
  for (const wanted of resources) {
    if (wanted.resource === '') throw new Error('resource must be specified if apiGroup/subresource specified');
    if (wanted.resource === '*') return;
    const found = await servedResource(mapper, wanted);
    const { resource, group } = found ?? wanted;
    const special = verbs.filter((verb) => Object.hasOwn(specialVerbs, verb));
    for (const verb of special)
      if (!specialVerbs[verb]!.some(([name, inGroup]) => name === resource && inGroup === group))
        throw new Error(`can not perform '${verb}' on '${resource}' in group '${group}'`);
    if (!found && special.length === 0) throw notServed(wanted);
  }
}

/** This error stands without the usual `error: ` in front. */
const notServed = ({ resource, group }: WantedResource): Error =>
  new ExitCode(1, `the server doesn't have a resource type ${JSON.stringify(resource)}${group === '' ? '' : ` in group ${JSON.stringify(group)}`}`);

async function servedResource(mapper: ResourceMapper, { resource, group }: WantedResource): Promise<ServedResource | undefined> {
  try {
    return await mapper.resourceFor(group === '' ? resource : `${resource}.${group}`);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("the server doesn't have a resource type")) return undefined;
    throw error;
  }
}

export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** One rule for each group, groups sorted, then one for paths. */
export async function policyRules(
  mapper: ResourceMapper,
  wanted: {
    readonly verbs: readonly string[];
    readonly resources: readonly WantedResource[];
    readonly resourceNames: readonly string[];
    readonly paths: readonly string[];
  },
): Promise<readonly PolicyRule[]> {
  const { verbs, paths } = wanted;
  const groups = new Map<string, Set<string>>();
  for (const each of wanted.resources) {
    const { resource, group } = (await servedResource(mapper, each)) ?? each;
    const names = groups.get(group) ?? new Set();
    groups.set(group, names.add(each.subresource === '' ? resource : `${resource}/${each.subresource}`));
  }
  const resourceNames = [...new Set(wanted.resourceNames)];
  const rules: PolicyRule[] = [...groups.keys()].sort().map((group) => ({ verbs, apiGroups: [group], resources: [...groups.get(group)!], resourceNames }));
  return paths.length === 0 ? rules : [...rules, { verbs, nonResourceURLs: [...new Set(paths)] }];
}
