import { defineGenerator } from './generator.ts';
import { checkResources, distinctVerbs, policyRules, resourceVerbs, wantedResources } from './policy-rules.ts';

export const roleFlags = {
  resource: { type: 'list', description: 'The resources that may be used: NAME, NAME.GROUP or NAME/SUBRESOURCE.' },
  'resource-name': { type: 'array', description: 'An object of the resources that alone may be used; may be given more than once.' },
  verb: { type: 'list', description: 'What may be done with them.' },
} as const;

/** Told, not refused: a server may know more verbs. */
export const verbWarnings = (verbs: readonly string[]): string =>
  verbs
    .filter((verb) => !resourceVerbs.includes(verb))
    .map((verb) => `Warning: '${verb}' is not a standard resource verb\n`)
    .join('');

export const createRoleCommand = defineGenerator({
  name: 'role',
  short: 'Create a role with single rule',
  examples: `
    # To read pods
    $PROGRAM create role pod-reader --verb=get --verb=list --verb=watch --resource=pods

    # To read two pods only
    $PROGRAM create role pod-reader --verb=get --resource=pods --resource-name=readablepod --resource-name=anotherpod

    # A resource of a group
    $PROGRAM create role foo --verb=get,list,watch --resource=rs.apps

    # A sub-resource
    $PROGRAM create role foo --verb=get,list,watch --resource=pods,pods/status`,
  usage: 'role NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] [--dry-run=server|client|none]',
  flags: roleFlags,
  type: { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'roles', kind: 'Role', namespaced: true },
  async generate({ cluster, flags, streams }, name) {
    const verbs = distinctVerbs(flags.verb);
    const resources = wantedResources(flags.resource);
    if (name === '') throw new Error('name must be specified');
    if (verbs.length === 0) throw new Error('at least one verb must be specified');
    streams.stderr.write(verbWarnings(verbs));
    if (resources.length === 0) throw new Error('at least one resource must be specified');
    await checkResources(cluster.mapper(), verbs, resources);
    return { rules: await policyRules(cluster.mapper(), { verbs, resources, resourceNames: flags['resource-name'], paths: [] }) };
  },
});
