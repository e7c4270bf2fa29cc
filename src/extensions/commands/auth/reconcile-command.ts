import type { PolicyRule, Subject } from '../../../api/generated/rbac-v1.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../../../api/status.ts';
import { type Command, type CommandContext, defineCommand, type FlagTable } from '../../../extension-points/commands/contract.ts';
import { createPrinter, outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { fileFlags, fileSourcesOf, hasSources } from '../../../extension-points/commands/resources/file-sources.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { createObject, deleteObject, getObject, replaceObject } from '../../../extension-points/commands/resources/object-requests.ts';
import { dryRunFlag, dryRunOf, dryRunSuffix } from '../../../extension-points/commands/resources/selection-flags.ts';
import { type Plan, planCreation, planUpdate, type RoleObject } from './plan-reconciliation.ts';
import { listText } from './policy-rules.ts';

const reconcileFlags = {
  ...outputFlags,
  ...fileFlags('with the roles and bindings'),
  'dry-run': dryRunFlag,
  'remove-extra-permissions': { type: 'boolean', description: 'Take permissions away that roles have and the files do not give.' },
  'remove-extra-subjects': { type: 'boolean', description: 'Take subjects away that bindings have and the files do not name.' },
} as const satisfies FlagTable;

type ReconcileContext = CommandContext<typeof reconcileFlags>;

const group = 'rbac.authorization.k8s.io';
const kinds = new Map<string, boolean>([
  ['Role', true],
  ['RoleBinding', true],
  ['ClusterRole', false],
  ['ClusterRoleBinding', false],
]);

export const reconcileCommand: Command = defineCommand({
  name: 'reconcile',
  short: 'Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects',
  long: `
    Make roles and bindings allow at least what files say: what is not there is created, its namespace too; roles get the permissions that they lack, bindings the subjects.

    Unlike "$PROGRAM apply" it knows what rules mean: a rule that is covered by another needs no change.`,
  examples: `
    # From a file
    $PROGRAM auth reconcile -f my-rbac-rules.yaml`,
  usage: 'reconcile -f FILENAME',
  flags: reconcileFlags,
  async run(context) {
    const { args, flags, cluster, streams, directory } = context;
    const files = fileSourcesOf(flags);
    if (!hasSources(files)) throw new Error('must specify one of -f and -k');
    if (args.length > 0) throw new Error('no arguments are allowed');
    const dryRun = dryRunOf(flags['dry-run']);
    if (dryRun === 'server') throw new Error('--dry-run=server for command reconcile is not supported yet');
    const namespace = cluster.namespace();
    const query = { files, namespace: namespace.name, requiresNamespace: namespace.isExplicit, isLocal: true, flattens: true, continuesOnError: true };
    const selection = await findResources(context, query);
    const printer = await createPrinter(flags, { operation: 'reconciled', suffix: dryRunSuffix(dryRun), directory });
    await selection.visit(async ({ object }) => {
      const expected = object as RoleObject;
      const isNamespaced = kinds.get(expected.kind ?? '');
      if (isNamespaced === undefined || !expected.apiVersion?.startsWith(`${group}/`)) return;
      if (expected.apiVersion !== `${group}/v1`)
        throw new Error(`only ${group}/v1 is supported: not *${expected.apiVersion.slice(group.length + 1)}.${expected.kind}`);
      const plan = await reconcile(context, expected, { isNamespaced, isTried: dryRun === 'client' });
      streams.stdout.write(printer.print(plan.object));
      explain(context, plan);
    });
  },
});

const maximumAttempts = 3;

/** Does what has to be done, anew when somebody else was quicker. */
async function reconcile(
  { cluster, flags }: ReconcileContext,
  expected: RoleObject,
  { isNamespaced, isTried }: { readonly isNamespaced: boolean; readonly isTried: boolean },
): Promise<Plan> {
  const client = cluster.client();
  const { kind = '', metadata } = expected;
  const resource: ResourceType = { group, version: 'v1', resource: `${kind.toLowerCase()}s`, kind, namespaced: isNamespaced };
  const place = { resource, name: metadata.name ?? '', namespace: isNamespaced ? (metadata.namespace ?? cluster.namespace().name) : undefined };
  const options = { removesExtraPermissions: flags['remove-extra-permissions'], removesExtraSubjects: flags['remove-extra-subjects'] };
  for (let attempt = 1; ; attempt++) {
    const existing = (await getObject(client, place).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    })) as RoleObject | undefined;
    const plan = existing ? planUpdate(existing, expected, options) : planCreation(expected);
    if (isTried || plan.isProtected || plan.operation === 'none') return plan;
    try {
      if (plan.operation === 'update') return { ...plan, object: (await replaceObject(client, place, plan.object)) as RoleObject };
      if (plan.operation === 'recreate') await deleteObject(client, place, { preconditions: { uid: existing?.metadata.uid } }).catch(unlessGone);
      if (place.namespace !== undefined) await ensureNamespace(client, place.namespace);
      return { ...plan, object: (await createObject(client, place, plan.object)) as RoleObject };
    } catch (error) {
      const isLate = isAlreadyExists(error) || isConflict(error) || isNotFound(error);
      if (!isLate) throw error;
      if (attempt === maximumAttempts) throw isConflict(error) ? error : new Error('exceeded maximum attempts', { cause: error });
    }
  }
}

const unlessGone = (error: unknown): undefined => {
  if (!isNotFound(error)) throw error;
  return undefined;
};

async function ensureNamespace(client: ReturnType<ReconcileContext['cluster']['client']>, name: string): Promise<void> {
  const resource: ResourceType = { group: '', version: 'v1', resource: 'namespaces', kind: 'Namespace', namespaced: false };
  try {
    await createObject(client, { resource }, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  } catch (error) {
    // Whoever may not create namespaces may still find that it is there.
    if (!isAlreadyExists(error)) await getObject(client, { resource, name });
  }
}

function explain({ flags, streams }: ReconcileContext, plan: Plan): void {
  if (plan.operation === 'none') return;
  const caveat = plan.isProtected ? `, but object opted out (rbac.authorization.kubernetes.io/autoupdate: false)` : '';
  const section = (title: string, lines: readonly string[]): string =>
    lines.length === 0 ? '' : `\t${title}:\n${lines.map((line) => `\t\t${line}\n`).join('')}`;
  streams.stderr.write(
    `\treconciliation required ${plan.operation}${caveat}\n` +
      section('missing subjects added', plan.missingSubjects.map(subjectText)) +
      section('extra subjects removed', flags['remove-extra-subjects'] ? plan.extraSubjects.map(subjectText) : []) +
      section('missing rules added', plan.missingRules.map(ruleText)) +
      section('extra rules removed', flags['remove-extra-permissions'] ? plan.extraRules.map(ruleText) : []),
  );
}

const subjectText = ({ kind, apiGroup = '', name, namespace = '' }: Subject): string =>
  `{Kind:${kind} APIGroup:${apiGroup} Name:${name} Namespace:${namespace}}`;

const ruleText = ({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string =>
  `{Verbs:${listText(verbs)} APIGroups:${listText(apiGroups)} Resources:${listText(resources)} ResourceNames:${listText(resourceNames)} NonResourceURLs:${listText(nonResourceURLs)}}`;
