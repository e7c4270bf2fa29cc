import { completeNames } from '../../../extension-points/commands/resources/complete-resources.ts';
import { defineGenerator } from './generator.ts';
import { rbacGroup, roleSubjects, subjectFlags } from './role-subjects.ts';

export const createClusterRoleBindingCommand = defineGenerator({
  name: 'clusterrolebinding',
  short: 'Create a cluster role binding for a particular cluster role',
  examples: `
    # Two users and a group as administrators
    $PROGRAM create clusterrolebinding cluster-admin --clusterrole=cluster-admin --user=user1 --user=user2 --group=group1`,
  usage:
    'clusterrolebinding NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  flags: { ...subjectFlags, clusterrole: { type: 'string', description: 'The cluster role that they get.' } },
  required: ['clusterrole'],
  completeFlag: { clusterrole: (context, toComplete) => completeNames(context, 'clusterroles', toComplete) },
  type: { group: rbacGroup, version: 'v1', resource: 'clusterrolebindings', kind: 'ClusterRoleBinding', namespaced: false },
  failure: 'failed to create clusterrolebinding: ',
  generate: ({ flags }) => ({ subjects: roleSubjects(flags), roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: flags.clusterrole } }),
});
