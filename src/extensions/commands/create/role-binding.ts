import { defineGenerator } from './generator.ts';
import { rbacGroup, roleSubjects, subjectFlags } from './role-subjects.ts';

export const createRoleBindingCommand = defineGenerator({
  name: 'rolebinding',
  short: 'Create a role binding for a particular role or cluster role',
  examples: `
    # Two users and a group as administrators of the namespace
    $PROGRAM create rolebinding admin --clusterrole=admin --user=user1 --user=user2 --group=group1

    # A role for a service account of another namespace
    $PROGRAM create rolebinding admin-binding --role=admin --serviceaccount=monitoring:sa-dev`,
  usage:
    'rolebinding NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  flags: {
    ...subjectFlags,
    clusterrole: { type: 'string', description: 'The cluster role that they get, in this namespace.' },
    role: { type: 'string', description: 'The role that they get.' },
  },
  type: { group: rbacGroup, version: 'v1', resource: 'rolebindings', kind: 'RoleBinding', namespaced: true },
  failure: 'failed to create rolebinding: ',
  generate({ flags }, name) {
    if (name === '') throw new Error('name must be specified');
    if ((flags.clusterrole === '') === (flags.role === '')) throw new Error('exactly one of clusterrole or role must be specified');
    const role = flags.role === '' ? { kind: 'ClusterRole', name: flags.clusterrole } : { kind: 'Role', name: flags.role };
    return { subjects: roleSubjects(flags), roleRef: { apiGroup: rbacGroup, ...role } };
  },
});
