import { isDeepStrictEqual } from 'node:util';
import type { UntypedObject } from '../../../api/object.ts';
import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { createPrinter } from '../../../extension-points/commands/printers/output-flags.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import { dryRunOf } from '../../../extension-points/commands/resources/selection-flags.ts';
import { changeObjects, findObjects, refuseLocalServerRun } from './change-objects.ts';
import { selectorFlag, setFlags } from './set-flags.ts';

interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly apiGroup?: string;
  readonly namespace?: string;
}
const group = 'rbac.authorization.k8s.io';

export const setSubjectCommand = defineCommand({
  name: 'subject',
  short: 'Update the user, group, or service account in a role binding or cluster role binding',
  long: 'Add users, groups and service accounts to role bindings and cluster role bindings.',
  examples: `
    # A service account to a cluster role binding
    $PROGRAM set subject clusterrolebinding admin --serviceaccount=namespace:serviceaccount1

    # Two users and a group to a role binding
    $PROGRAM set subject rolebinding admin --user=user1 --user=user2 --group=group1

    # To one that comes on standard input, printed and not sent
    $PROGRAM create rolebinding admin --role=admin --user=admin -o yaml --dry-run=client | $PROGRAM set subject --local -f - --user=foo -o yaml`,
  usage:
    'subject (-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  flags: {
    ...setFlags,
    ...selectorFlag,
    group: { type: 'array', description: 'A group to add; may be given more than once.' },
    serviceaccount: { type: 'array', description: 'A service account to add, NAMESPACE:NAME; may be given more than once.' },
    user: { type: 'array', description: 'A user to add; may be given more than once.' },
  },
  complete: (context, toComplete) => completeResources(context, toComplete),
  async run(context) {
    const { args, cluster, flags, directory } = context;
    dryRunOf(flags['dry-run']);
    await createPrinter(flags, { directory });
    const infos = await findObjects(context, args);
    refuseLocalServerRun(context);
    if (flags.all && flags.selector !== '') throw new Error('cannot set --all and --selector at the same time');
    if (flags.user.length + flags.group.length + flags.serviceaccount.length === 0)
      throw new Error('you must specify at least one value of user, group or serviceaccount');
    const needsNamespace = infos.some(({ object }) => object!.kind === 'ClusterRoleBinding');
    for (const text of flags.serviceaccount) checkServiceAccount(text, needsNamespace);
    const subjects = wantedSubjects(flags, () => cluster.namespace().name);
    await changeObjects(context, infos, {
      operation: 'subjects updated',
      failure: 'failed to patch subjects to rolebinding: ',
      change: (object) => withSubjects(object, subjects),
    });
  },
});

function checkServiceAccount(text: string, needsNamespace: boolean): void {
  const [namespace = '', name = '', ...more] = text.split(':');
  if (name === '' || more.length > 0) throw new Error('serviceaccount must be <namespace>:<name>');
  if (namespace === '' && needsNamespace) throw new Error('serviceaccount must be <namespace>:<name>, namespace must be specified');
}

const sorted = (words: readonly string[]): readonly string[] => [...new Set(words)].sort();

function wantedSubjects(
  flags: { readonly user: readonly string[]; readonly group: readonly string[]; readonly serviceaccount: readonly string[] },
  defaultNamespace: () => string,
): readonly Subject[] {
  return [
    ...sorted(flags.user).map((name) => ({ kind: 'User', apiGroup: group, name })),
    ...sorted(flags.group).map((name) => ({ kind: 'Group', apiGroup: group, name })),
    ...sorted(flags.serviceaccount).map((text) => {
      const [namespace = '', name = ''] = text.split(':');
      return { kind: 'ServiceAccount', name, namespace: namespace || defaultNamespace() };
    }),
  ];
}

function withSubjects(object: UntypedObject, subjects: readonly Subject[]): UntypedObject | undefined {
  if (object.kind !== 'RoleBinding' && object.kind !== 'ClusterRoleBinding')
    throw new Error('setting subjects is only supported for RoleBinding/ClusterRoleBinding');
  const existing = ((object['subjects'] ?? []) as readonly Subject[]).map((subject) => ({ ...subject }));
  const isThere = (subject: Subject): boolean => existing.some((other) => isDeepStrictEqual(plain(other), plain(subject)));
  const added = subjects.filter((subject) => !isThere(subject));
  return added.length === 0 ? undefined : { ...object, subjects: [...existing, ...added] };
}

const plain = ({ kind, name, apiGroup = '', namespace = '' }: Subject): readonly string[] => [kind, name, apiGroup, namespace];
