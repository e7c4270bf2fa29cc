import { isDeepStrictEqual } from 'node:util';
import type { UntypedObject } from '../../../api/object.ts';
import { fieldManagerFlag, fieldValidationOf, validateFlag } from '../../../extension-points/commands/changes/change-flags.ts';
import { recordFlag } from '../../../extension-points/commands/changes/record.ts';
import { type CommandContext, defineCommand } from '../../../extension-points/commands/contract.ts';
import { lastAppliedAnnotation, originalConfiguration } from '../../../extension-points/commands/last-applied/last-applied.ts';
import { compactJson } from '../../../extension-points/commands/printers/json-text.ts';
import { createPrinter, outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { fileFlags, fileSourcesOf } from '../../../extension-points/commands/resources/file-sources.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { patchObject } from '../../../extension-points/commands/resources/object-requests.ts';

const editLastAppliedFlags = {
  ...outputFlags,
  ...fileFlags('with the objects to edit'),
  ...recordFlag,
  ...validateFlag,
  ...fieldManagerFlag('kubectl-client-side-apply'),
  'windows-line-endings': { type: 'boolean', default: process.platform === 'win32', description: 'End lines as Windows does.' },
} as const;

type Context = CommandContext<typeof editLastAppliedFlags>;

export const editLastAppliedCommand = defineCommand({
  name: 'edit-last-applied',
  short: 'Edit latest last-applied-configuration annotations of a resource/object',
  long: `
    Open an editor on what objects remember as applied last. Only that is changed, not the objects.

    KUBE_EDITOR or EDITOR name the editor; without them it is vi (notepad on Windows). -o json shows JSON instead of YAML.`,
  examples: `
    # What was applied to a deployment
    $PROGRAM apply edit-last-applied deployment/nginx

    # The same of what a file names, as JSON
    $PROGRAM apply edit-last-applied -f deploy.yaml -o json`,
  usage: 'edit-last-applied (RESOURCE/NAME | -f FILENAME)',
  flags: editLastAppliedFlags,
  complete: (context, toComplete) => completeResources(context, toComplete),
  async run(context) {
    const { args, flags, cluster } = context;
    const namespace = cluster.namespace();
    const fieldValidation = fieldValidationOf(flags.validate);
    const selection = await findResources(context, {
      args,
      files: fileSourcesOf(flags),
      namespace: namespace.name,
      requiresNamespace: namespace.isExplicit,
      typeAloneMeansAll: true,
      latest: true,
      flattens: true,
    });
    const infos: ResourceInfo[] = [];
    await selection.visit((info) => {
      const text = originalConfiguration(info.object!);
      if (text !== undefined) infos.push({ ...info, object: JSON.parse(text) as UntypedObject });
    });
    if (infos.length === 0)
      throw new Error(
        'no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl apply set-last-applied --create-annotation`',
      );
    const { editObjects } = await import('../../../extension-points/commands/editor/edit-objects.ts');
    await editObjects(context, {
      infos,
      format: flags.output === 'json' ? 'json' : 'yaml',
      hasWindowsLineEndings: flags['windows-line-endings'],
      isLastApplied: true,
      validates: fieldValidation !== 'Ignore',
      save: async (edited) => {
        for (const info of edited) await saveOne(context, infos, info, fieldValidation);
      },
    });
  },
});

async function saveOne(context: Context, infos: readonly ResourceInfo[], info: ResourceInfo, fieldValidation: string): Promise<void> {
  const { flags, cluster, streams, directory } = context;
  const isSame = infos.some(({ object }) => isDeepStrictEqual(object, info.object));
  if (!isSame) {
    const body = { metadata: { annotations: { [lastAppliedAnnotation]: `${compactJson(info.object)}\n` } } };
    await patchObject(cluster.client(), info, { format: 'merge', body }, { fieldManager: flags['field-manager'], fieldValidation });
  }
  const printer = await createPrinter(flags, { operation: isSame ? 'skipped' : 'edited', directory });
  streams.stdout.write(printer.print(info.object!) + printer.flush());
}
