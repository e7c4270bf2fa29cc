import { defineGenerator, type GeneratorContext } from './generator.ts';
import { checkResources, distinctVerbs, policyRules, wantedResources } from './policy-rules.ts';
import { roleFlags, verbWarnings } from './role.ts';

const clusterRoleFlags = {
  ...roleFlags,
  'aggregation-rule': { type: 'array', description: 'Labels of cluster roles that this one is to join: KEY=VALUE,KEY=VALUE.' },
  'non-resource-url': { type: 'list', description: 'A path of the server that may be used; * at its end stands for anything.' },
} as const;
type ClusterRoleContext = GeneratorContext<typeof clusterRoleFlags>;

const pathVerbs = ['*', 'get', 'post', 'put', 'delete', 'patch', 'head', 'options'];

export const createClusterRoleCommand = defineGenerator({
  name: 'clusterrole',
  short: 'Create a cluster role',
  examples: `
    # To read pods
    $PROGRAM create clusterrole pod-reader --verb=get,list,watch --resource=pods

    # To read two pods only
    $PROGRAM create clusterrole pod-reader --verb=get --resource=pods --resource-name=readablepod --resource-name=anotherpod

    # A resource of a group
    $PROGRAM create clusterrole foo --verb=get,list,watch --resource=rs.apps

    # A sub-resource
    $PROGRAM create clusterrole foo --verb=get,list,watch --resource=pods,pods/status

    # Paths of the server
    $PROGRAM create clusterrole "foo" --verb=get --non-resource-url=/logs/*

    # All that roles with a label may do
    $PROGRAM create clusterrole monitoring --aggregation-rule="rbac.example.com/aggregate-to-monitoring=true"`,
  usage: 'clusterrole NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--dry-run=server|client|none]',
  flags: clusterRoleFlags,
  type: { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles', kind: 'ClusterRole', namespaced: false },
  async generate(context, name) {
    const { cluster, flags, streams } = context;
    const verbs = distinctVerbs(flags.verb);
    const resources = wantedResources(flags.resource);
    const [paths, resourceNames] = [flags['non-resource-url'], flags['resource-name']];
    if (name === '') throw new Error('name must be specified');
    const matchLabels = labelsOf(flags['aggregation-rule']);
    if (Object.keys(matchLabels).length > 0) {
      if (paths.length + verbs.length + resources.length + resourceNames.length > 0)
        throw new Error('aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames');
      return { aggregationRule: { clusterRoleSelectors: [{ matchLabels }] } };
    }
    if (verbs.length === 0) throw new Error('at least one verb must be specified');
    if (resources.length === 0 && paths.length === 0) throw new Error('one of resource or nonResourceURL must be specified');
    if (resources.length > 0) {
      streams.stderr.write(verbWarnings(verbs));
      await checkResources(cluster.mapper(), verbs, resources);
    }
    checkPaths(verbs, paths);
    return { rules: await policyRules(cluster.mapper(), { verbs, resources, resourceNames, paths }) };
  },
});

function labelsOf(words: ClusterRoleContext['flags']['aggregation-rule']): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const pair of words.flatMap((word) => word.split(',')).filter((text) => text !== '')) {
    const equals = pair.indexOf('=');
    if (equals < 0) throw new Error('malformed pair, expect string=string');
    labels[pair.slice(0, equals).trim()] = pair.slice(equals + 1).trim();
  }
  return labels;
}

function checkPaths(verbs: readonly string[], paths: readonly string[]): void {
  if (paths.length === 0) return;
  const unknown = verbs.find((verb) => !pathVerbs.includes(verb));
  if (unknown !== undefined) throw new Error(`invalid verb: '${unknown}' for nonResourceURL`);
  for (const path of paths.filter((text) => text !== '*')) {
    if (!path.startsWith('/')) throw new Error('nonResourceURL should start with /');
    if (path.slice(0, -1).includes('*')) throw new Error("nonResourceURL only supports wildcard matches when '*' is at the end");
  }
}
