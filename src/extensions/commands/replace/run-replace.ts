import type { UntypedObject } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import { changeMany } from '../../../extension-points/commands/changes/change-many.ts';
import { recorded } from '../../../extension-points/commands/changes/record.ts';
import { deleteObjects } from '../../../extension-points/commands/deletion/delete-objects.ts';
import { type PropagationPolicy, propagationPolicyOf } from '../../../extension-points/commands/deletion/deletion-flags.ts';
import { deriveContext } from '../../../extension-points/commands/derive-context.ts';
import { errorWithSource } from '../../../extension-points/commands/errors/error-with-source.ts';
import { withSavedConfiguration } from '../../../extension-points/commands/last-applied/last-applied.ts';
import type { ResourcePrinter } from '../../../extension-points/commands/printers/contract.ts';
import { createPrinter } from '../../../extension-points/commands/printers/output-flags.ts';
import { sendRaw } from '../../../extension-points/commands/raw/send-raw.ts';
import type { ResourceInfo, ResourceQuery } from '../../../extension-points/commands/resources/contract.ts';
import { fileSourcesOf, hasSources } from '../../../extension-points/commands/resources/file-sources.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { createObject, getObject, replaceObject } from '../../../extension-points/commands/resources/object-requests.ts';
import { type DryRun, dryRunOf, dryRunSuffix } from '../../../extension-points/commands/resources/selection-flags.ts';
import { waitForDeletion } from '../../../extension-points/commands/waiting/wait-for-deletion.ts';
import { waitForMany } from '../../../extension-points/commands/waiting/wait-for-many.ts';
import { TimedOut } from '../../../extension-points/commands/waiting/watch-one.ts';
import type { ReplaceContext } from './replace-command.ts';

const deletionTimeoutMs = 5 * 60_000;

/** What `replace` does. */
export async function runReplace(context: ReplaceContext, fieldValidation: string): Promise<void> {
  const { flags, cluster, streams, directory } = context;
  const dryRun = dryRunOf(flags['dry-run']);
  const printer = await createPrinter(flags, { operation: 'replaced', suffix: dryRunSuffix(dryRun), directory });
  const propagationPolicy = propagationPolicyOf(flags.cascade, streams.stderr);
  const files = fileSourcesOf(flags);
  if (!hasSources(files)) throw new Error('must specify one of -f and -k');
  const namespace = cluster.namespace();
  checkFlags(context, dryRun);
  if (flags.raw !== '') return sendRaw(context, { method: 'PUT', path: flags.raw, file: flags.filename[0] });
  const query: ResourceQuery = {
    files,
    namespace: namespace.name,
    requiresNamespace: namespace.isExplicit,
    flattens: true,
    continuesOnError: true,
  };
  const checked: ResourceQuery = { ...query, validates: fieldValidation !== 'Ignore' };
  if (flags.force) return replaceByForce(context, { query, checked, printer, propagationPolicy, fieldValidation });
  const selection = await findResources(context, checked);
  const subresource = flags.subresource === '' ? {} : { subresource: flags.subresource };
  const request = { dryRun: dryRun === 'server', fieldManager: flags['field-manager'], fieldValidation, ...subresource };
  await changeMany<UntypedObject>(context, selection, {
    order: 'creation',
    what: 'replaced',
    async change(info) {
      const wanted = prepared(context, info);
      if (dryRun === 'client') return wanted;
      return replaceCurrent(context, info, wanted, request).catch((error: unknown) => {
        throw errorWithSource('replacing', info.source, error);
      });
    },
    tell: (object) => ({ line: printer.print(object) }),
  });
  streams.stdout.write(printer.flush());
}

function checkFlags({ flags }: ReplaceContext, dryRun: DryRun): void {
  const period = flags['grace-period'] === 0 ? 1 : flags['grace-period'];
  if (period >= 0 && !flags.force) throw new Error('--grace-period must have --force specified');
  if (flags.timeout !== 0 && !flags.force) throw new Error('--timeout must have --force specified');
  if (flags.force && dryRun !== 'none') throw new Error('--dry-run can not be used when --force is set');
  if (flags.raw === '') return;
  if (flags.filename.length !== 1) throw new Error('--raw can only use a single local file or stdin');
  if (/^https?:\/\//.test(flags.filename[0]!)) throw new Error('--raw cannot read from a url');
  if (flags.recursive) throw new Error('--raw and --recursive are mutually exclusive');
  if (flags.output !== '') throw new Error('--raw and --output are mutually exclusive');
  if (!flags.raw.startsWith('/')) throw new Error(`--raw must be a valid URL path: parse ${JSON.stringify(flags.raw)}: invalid URI for request`);
}

const prepared = (context: ReplaceContext, { object }: ResourceInfo): UntypedObject =>
  recorded(context, withSavedConfiguration(object!, context.flags['save-config']));

/** An object that says no version takes the place of whichever is there: it gets the current one. */
async function replaceCurrent(
  { cluster }: ReplaceContext,
  info: ResourceInfo,
  wanted: UntypedObject,
  request: Parameters<typeof replaceObject>[3],
): Promise<UntypedObject> {
  const client = cluster.client();
  if (wanted.metadata.resourceVersion) return replaceObject(client, info, wanted, request);
  const current = await getObject(client, info, request?.subresource ? { subresource: request.subresource } : {}).catch((error: unknown) => {
    if (error instanceof ApiError) return undefined; // the replacement itself tells what is wrong
    throw error;
  });
  const resourceVersion = current?.metadata.resourceVersion;
  return replaceObject(client, info, resourceVersion ? { ...wanted, metadata: { ...wanted.metadata, resourceVersion } } : wanted, request);
}

interface ByForce {
  readonly query: ResourceQuery;
  readonly checked: ResourceQuery;
  readonly printer: ResourcePrinter;
  readonly propagationPolicy: PropagationPolicy;
  readonly fieldValidation: string;
}

/** Deletes what is there, waits until it is gone, and creates it anew. */
async function replaceByForce(context: ReplaceContext, { query, checked, printer, propagationPolicy, fieldValidation }: ByForce): Promise<void> {
  const { args, flags, cluster, streams, clock } = context;
  const isMissing = (error: unknown): boolean => error instanceof ApiError && error.reason === 'NotFound';
  const host = deriveContext(context, { streams: { ...streams, stdin: rememberedInput(streams.stdin), stdout: streams.stdout, stderr: streams.stderr } });
  const selection = await findResources(host, { ...query, args, withoutObjects: true, ignores: isMissing });
  const deleted = await deleteObjects(context, selection, {
    propagationPolicy,
    gracePeriodSeconds: flags['grace-period'] === 0 ? 1 : flags['grace-period'],
    waits: flags.wait || flags['grace-period'] === 0,
    timeoutMs: flags.timeout,
    dryRun: 'none',
    output: flags.output,
  });
  const timeoutMs = flags.timeout || deletionTimeoutMs;
  const wait = async (info: ResourceInfo): Promise<void> => {
    await waitForDeletion({ client: cluster.client(), clock, timeoutMs }, info).catch((error: unknown) => {
      // As kubectl says it here, other than where --wait is given.
      throw error instanceof TimedOut ? new Error('context deadline exceeded', { cause: error }) : error;
    });
  };
  await waitForMany(context, deleted, { what: 'gone', wait });
  let count = 0;
  await changeMany<UntypedObject>(context, await findResources(host, checked), {
    order: 'creation',
    what: 'replaced',
    change: (info) => createObject(cluster.client(), info, prepared(context, info), { fieldManager: flags['field-manager'], fieldValidation }),
    tell(object) {
      count++;
      return { line: printer.print(object) };
    },
  });
  streams.stdout.write(printer.flush());
  if (count === 0) throw new Error('no objects passed to replace');
}

/** Files are read twice; standard input can be read once only. */
function rememberedInput(stdin: ReplaceContext['streams']['stdin']): ReplaceContext['streams']['stdin'] {
  let text: Promise<string> | undefined;
  return { stream: stdin.stream, isTerminal: stdin.isTerminal, text: () => (text ??= stdin.text()) };
}
