import type { UntypedObject } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import { strategicPatch } from '../../../extension-points/commands/changes/strategic-patch.ts';
import type { CommandContext, FlagValues } from '../../../extension-points/commands/contract.ts';
import { ManyErrors } from '../../../extension-points/commands/errors/command-errors.ts';
import { messageOf } from '../../../extension-points/commands/errors/error-text.ts';
import { createPrinter } from '../../../extension-points/commands/printers/output-flags.ts';
import { qualifiedKind } from '../../../extension-points/commands/printers/plain-printers.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { fileSourcesOf } from '../../../extension-points/commands/resources/file-sources.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { patchObject } from '../../../extension-points/commands/resources/object-requests.ts';
import { dryRunOf, dryRunSuffix } from '../../../extension-points/commands/resources/selection-flags.ts';
import { typedForm } from '../../../extension-points/commands/typed-objects/typed-form.ts';
import type { setFlags } from './set-flags.ts';

export type SetContext = Omit<CommandContext, 'flags'> & { readonly flags: FlagValues<typeof setFlags> & { readonly selector?: string } };

const localResources = `error: you must specify resources by --filename when --local is set.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'`;

/** The objects that a line means, as Go's types hold them. Throws when any cannot be found. */
export async function findObjects(context: SetContext, args: readonly string[]): Promise<readonly ResourceInfo[]> {
  const { cluster, flags } = context;
  const common = { files: fileSourcesOf(flags), flattens: true, continuesOnError: true };
  if (flags.local && args.length > 0) throw new Error(localResources);
  const selection = await findResources(context, flags.local ? { ...common, namespace: '', isLocal: true } : { ...common, ...remoteQuery() });
  const { infos, errors } = await selection.all();
  ManyErrors.throwIfAny(errors);
  return infos.map((info) => ({ ...info, object: typedForm(info.object!) }));

  function remoteQuery() {
    const { name, isExplicit } = cluster.namespace();
    const labelSelector = flags.selector ?? '';
    return { args, namespace: name, requiresNamespace: isExplicit, labelSelector, typeAloneMeansAll: flags.all, latest: true };
  }
}

export interface ObjectChange {
  /** Told of each object: `image updated`. */
  readonly operation: string;
  /** In front of a server's refusal. */
  readonly failure: string;
  /** Whether objects are sent and told of that do not change. */
  readonly sendsUnchanged?: boolean;
  /** The object as it shall be; undefined: leave it out. Errors that it adds do not keep the others from being changed; one that it throws names the object. */
  change(object: UntypedObject, errors: unknown[]): UntypedObject | undefined;
}

/** Changes objects one after the other and tells of each; throws at the end what went wrong. */
export async function changeObjects(context: SetContext, infos: readonly ResourceInfo[], wish: ObjectChange): Promise<void> {
  const { cluster, directory, flags, streams } = context;
  const dryRun = dryRunOf(flags['dry-run']);
  const printer = await createPrinter(flags, { operation: wish.operation, suffix: dryRunSuffix(dryRun), directory });
  const errors: unknown[] = [];
  const changed = infos.map((info) => ({ info, after: changeOne(info, wish, errors, flags.local) }));
  for (const { info, after } of changed) {
    if (after instanceof Error) errors.push(after);
    const body = after === undefined || after instanceof Error ? undefined : strategicPatch(info.object!, after);
    if (!after || after instanceof Error || (!body && !wish.sendsUnchanged)) continue;
    try {
      const request = { dryRun: dryRun === 'server', fieldManager: flags['field-manager'] };
      const isSent = !flags.local && dryRun !== 'client';
      const result = isSent ? typedForm(await patchObject(cluster.client(), info, { format: 'strategic', body: body ?? {} }, request)) : after;
      streams.stdout.write(printer.print(result) + printer.flush());
    } catch (error) {
      errors.push(new Error(wish.failure + (error instanceof ApiError ? error.message : messageOf(error)), { cause: error }));
    }
  }
  ManyErrors.throwIfAny(errors);
}

function changeOne(info: ResourceInfo, wish: ObjectChange, errors: unknown[], isLocal: boolean): UntypedObject | Error | undefined {
  try {
    const after = wish.change(info.object!, errors);
    return after && typedForm(after);
  } catch (error) {
    // Without a server the kind stands for the resource; that of a group is on a line of its own.
    const kind = qualifiedKind(info.object!);
    const name = isLocal ? `${kind}/${info.name}${kind.includes('.') ? '\n' : ''}` : `${info.resource.resource}/${info.name}`;
    return new Error(`error: ${name} ${(error as Error).message}\n`, { cause: error });
  }
}

/** `--local` has no server to try anything on. */
export function refuseLocalServerRun({ flags }: SetContext): void {
  if (flags.local && dryRunOf(flags['dry-run']) === 'server') throw new Error(localServerRun);
}

export const localServerRun = 'cannot specify --local and --dry-run=server - did you mean --dry-run=client?';
