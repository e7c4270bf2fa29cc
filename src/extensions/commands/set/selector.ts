import type { UntypedObject } from '../../../api/object.ts';
import { labelSelectorObject } from '../../../extension-points/commands/changes/label-selector-object.ts';
import { recorded, recordFlag } from '../../../extension-points/commands/changes/record.ts';
import { strategicPatch } from '../../../extension-points/commands/changes/strategic-patch.ts';
import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { ManyErrors } from '../../../extension-points/commands/errors/command-errors.ts';
import { createPrinter } from '../../../extension-points/commands/printers/output-flags.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { patchObject } from '../../../extension-points/commands/resources/object-requests.ts';
import { dryRunOf, dryRunSuffix } from '../../../extension-points/commands/resources/selection-flags.ts';
import { typedForm } from '../../../extension-points/commands/typed-objects/typed-form.ts';
import { findObjects } from './change-objects.ts';
import { setFlags } from './set-flags.ts';

export const setSelectorCommand = defineCommand({
  name: 'selector',
  short: 'Set the selector on a resource',
  long: `
    Give a service another selector, in place of the one that it has. Only services can be changed so.

    With --resource-version the service is changed only if nobody else changed it in the meantime.`,
  examples: `
    # The selector of a service before it is created
    $PROGRAM create service clusterip my-svc --clusterip="None" -o yaml --dry-run=client | $PROGRAM set selector --local -f - 'environment=qa' -o yaml | $PROGRAM create -f -`,
  usage: 'selector (-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]',
  flags: {
    ...setFlags,
    ...recordFlag,
    'resource-version': { type: 'string', description: 'Change the object only if this is its current resource version. For a single object only.' },
  },
  complete: (context, toComplete) => completeResources(context, toComplete),
  async run(context) {
    const { args, cluster, flags, directory, streams } = context;
    const dryRun = dryRunOf(flags['dry-run']);
    const text = args.at(-1);
    const selector = text === undefined ? undefined : labelSelectorObject(text);
    const printer = await createPrinter(flags, { operation: 'selector updated', suffix: dryRunSuffix(dryRun), directory });
    if (!selector) throw new Error('one selector is required');
    const resourceVersion = flags['resource-version'];
    const errors: unknown[] = [];
    const change = async (info: ResourceInfo): Promise<UntypedObject> => {
      const before = resourceVersion === '' ? info.object! : withVersion(info.object!, undefined);
      const after = recorded(context, withSelector(resourceVersion === '' ? before : withVersion(before, resourceVersion), selector));
      if (flags.local || dryRun === 'client') return after;
      const request = { dryRun: dryRun === 'server', fieldManager: flags['field-manager'] };
      return patchObject(cluster.client(), info, { format: 'strategic', body: strategicPatch(before, after) ?? {} }, request);
    };
    for (const info of await findObjects(context, flags.local ? [] : args.slice(0, -1))) {
      const result = await change(info).catch((error: unknown) => void errors.push(error));
      if (result) streams.stdout.write(printer.print(typedForm(result)) + printer.flush());
    }
    ManyErrors.throwIfAny(errors);
  },
});

const withVersion = (object: UntypedObject, resourceVersion: string | undefined): UntypedObject => {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) } };
};

function withSelector(object: UntypedObject, { matchLabels = {}, matchExpressions = [] }: ReturnType<typeof labelSelectorObject>): UntypedObject {
  if (object.kind !== 'Service') throw new Error('setting a selector is only supported for Services');
  if (matchExpressions.length > 0) throw new Error(`match expression [${matchExpressions.map(expressionText).join(' ')}] not supported on this object`);
  return { ...object, spec: { ...(object['spec'] as object | undefined), selector: matchLabels } };
}

function expressionText(expression: unknown): string {
  const { key, operator, values = [] } = expression as { readonly key: string; readonly operator: string; readonly values?: readonly string[] };
  return `{${key} ${operator} [${values.join(' ')}]}`;
}
