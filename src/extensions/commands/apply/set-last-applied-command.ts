import type { UntypedObject } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { errorWithSource } from '../../../extension-points/commands/errors/error-with-source.ts';
import { lastAppliedAnnotation, originalConfiguration } from '../../../extension-points/commands/last-applied/last-applied.ts';
import { compactJson } from '../../../extension-points/commands/printers/json-text.ts';
import { createPrinter, outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { fileFlags } from '../../../extension-points/commands/resources/file-sources.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { getObject, patchObject } from '../../../extension-points/commands/resources/object-requests.ts';
import { dryRunFlag, dryRunOf, dryRunSuffix } from '../../../extension-points/commands/resources/selection-flags.ts';
import { resourceText } from './resource-text.ts';

interface Change {
  readonly info: ResourceInfo;
  readonly current: UntypedObject;
  readonly text: string;
}

export const setLastAppliedCommand = defineCommand({
  name: 'set-last-applied',
  short: 'Set the last-applied-configuration annotation on a live object to match the contents of a file',
  long: `
    Make objects remember what is in files as what was applied last, as if it had been applied, and change nothing else of them.`,
  examples: `
    # Take what is in a file for what was applied last
    $PROGRAM apply set-last-applied -f deploy.yaml

    # The same of all files of a directory
    $PROGRAM apply set-last-applied -f path/

    # Also for objects that were never applied
    $PROGRAM apply set-last-applied -f deploy.yaml --create-annotation=true`,
  usage: 'set-last-applied -f FILENAME',
  flags: {
    ...outputFlags,
    filename: fileFlags('with what was applied').filename,
    'create-annotation': { type: 'boolean', description: 'Make the annotation where there is none.' },
    'dry-run': dryRunFlag,
  },
  async run(context) {
    const { flags, cluster, streams, directory } = context;
    const dryRun = dryRunOf(flags['dry-run']);
    const printer = await createPrinter(flags, { operation: 'configured', suffix: dryRunSuffix(dryRun), directory });
    const namespace = cluster.namespace();
    const selection = await findResources(context, {
      files: { filenames: flags.filename },
      namespace: namespace.name,
      requiresNamespace: namespace.isExplicit,
      flattens: true,
    });
    const changes: Change[] = [];
    await selection.visit(async (info) => {
      const text = `${compactJson(info.object)}\n`;
      const current = await currentOf(info, () => getObject(cluster.client(), info));
      const original = originalConfiguration(current);
      if (original === undefined && !flags['create-annotation'])
        throw new Error(
          `no last-applied-configuration annotation found on resource: ${info.name}, to create the annotation, run the command with --create-annotation`,
        );
      if (original?.trim() === text.trim()) streams.stdout.write(`set-last-applied ${info.name}: no changes required.\n`);
      else changes.push({ info, current, text });
    });
    for (const { info, current, text } of changes) {
      const body = { metadata: { annotations: { [lastAppliedAnnotation]: text } } };
      const object =
        dryRun === 'client'
          ? current
          : await patchObject(cluster.client(), info, { format: 'merge', body }, { dryRun: dryRun === 'server', fieldManager: 'kubectl' });
      streams.stdout.write(printer.print(object));
    }
    streams.stdout.write(printer.flush());
  },
});

async function currentOf(info: ResourceInfo, get: () => Promise<UntypedObject>): Promise<UntypedObject> {
  try {
    return await get();
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'NotFound') throw error;
    throw errorWithSource(`retrieving current configuration of:\n${resourceText(info)}\nfrom server for:`, info.source, error);
  }
}
