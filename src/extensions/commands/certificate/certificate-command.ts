import type { CertificateSigningRequest } from '../../../api/generated/certificates-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { isConflict, isNotFound } from '../../../api/status.ts';
import { type Command, type CommandContext, defineCommand, type FlagTable } from '../../../extension-points/commands/contract.ts';
import { createPrinter, outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { fileFlags, fileSourcesOf, hasSources } from '../../../extension-points/commands/resources/file-sources.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { getObject, replaceObject } from '../../../extension-points/commands/resources/object-requests.ts';

const flags = {
  ...outputFlags,
  ...fileFlags('with the certificate signing requests'),
  force: { type: 'boolean', description: 'Send the decision even if it was made before.' },
} as const satisfies FlagTable;

type DecisionContext = CommandContext<typeof flags>;

/** What a command decides, and what must not have been decided before. */
interface Decision {
  readonly operation: string;
  readonly condition: string;
  readonly opposite: string;
  readonly reason: string;
  readonly message: string;
}

const approval: Decision = {
  operation: 'approved',
  condition: 'Approved',
  opposite: 'Denied',
  reason: 'KubectlApprove',
  message: 'This CSR was approved by kubectl certificate approve.',
};
const denial: Decision = {
  operation: 'denied',
  condition: 'Denied',
  opposite: 'Approved',
  reason: 'KubectlDeny',
  message: 'This CSR was denied by kubectl certificate deny.',
};

const decide = (name: string, decision: Decision, texts: { readonly short: string; readonly long: string }): Command =>
  defineCommand({
    name,
    ...texts,
    examples: `
    # One request
    $PROGRAM certificate ${name} csr-sqgzp`,
    usage: `${name} (-f FILENAME | NAME)`,
    flags,
    complete: ({ args, cluster }, toComplete) => completeResources({ args: ['certificatesigningrequests', ...args], cluster }, toComplete),
    run: (context) => decideAll(context, decision),
  });

export const certificateCommand: Command = defineCommand({
  name: 'certificate',
  group: 'Cluster Management Commands:',
  short: 'Modify certificate resources',
  usage: 'certificate SUBCOMMAND',
  subcommands: [
    decide('approve', approval, {
      short: 'Approve a certificate signing request',
      long: `
        Approve certificate signing requests, so that their signers issue the certificates.

        Whoever holds such a certificate is what it says. Look at what a request asks for before you approve it.`,
    }),
    decide('deny', denial, { short: 'Deny a certificate signing request', long: 'Deny certificate signing requests, so that their signers issue nothing.' }),
  ],
});

async function decideAll(context: DecisionContext, decision: Decision): Promise<void> {
  const { args, streams, directory } = context;
  const files = fileSourcesOf(context.flags);
  const printer = await createPrinter(context.flags, { operation: decision.operation, directory });
  if (args.length === 0 && !hasSources(files)) throw new Error('one or more CSRs must be specified as <name> or -f <filename>');
  const names = args.some((word) => word.includes('/')) ? args : args.length > 0 ? ['certificatesigningrequests', ...args] : [];
  const query = { args: names, files, namespace: '', continuesOnError: true, flattens: true, latest: true };
  const selection = await findResources(context, query);
  let found = 0;
  await selection.visit(async (info) => {
    await decideOne(context, info, decision);
    found++;
    streams.stdout.write(printer.print(info.object!));
  });
  streams.stdout.write(printer.flush());
  if (found === 0) streams.stdout.write('No resources found\n');
}

const maximumConflicts = 10;

async function decideOne({ cluster, clock, flags: { force } }: DecisionContext, info: ResourceInfo, decision: Decision): Promise<void> {
  const { group, kind } = info.resource;
  if (group !== 'certificates.k8s.io' || kind !== 'CertificateSigningRequest')
    throw new Error(`can only handle CertificateSigningRequest.certificates.k8s.io objects, got ${group === '' ? kind : `${kind}.${group}`}`);
  const client = cluster.client();
  const place = { resource: { ...info.resource, version: 'v1' }, name: info.name };
  for (let conflicts = 0; ; conflicts++) {
    const request = await getObject(client, place).catch((error: unknown) => {
      throw isNotFound(error) ? new Error(`could not find v1 version of ${info.name}: ${(error as Error).message}`, { cause: error }) : error;
    });
    const changed = withDecision(request, decision, clock.now());
    if (changed === request && !force) return;
    try {
      await replaceObject(client, place, changed, { subresource: 'approval' });
      return;
    } catch (error) {
      if (!isConflict(error) || conflicts >= maximumConflicts) throw error;
    }
  }
}

/** The same object when the decision was made already. Throws when the opposite one was. */
function withDecision(request: UntypedObject, { condition, opposite, reason, message }: Decision, nowMs: number): UntypedObject {
  const status = (request['status'] ?? {}) as NonNullable<CertificateSigningRequest['status']>;
  const conditions = status.conditions ?? [];
  if (conditions.some(({ type }) => type === opposite))
    throw new Error(`certificate signing request ${JSON.stringify(request.metadata.name)} is already ${opposite}`);
  if (conditions.some(({ type }) => type === condition)) return request;
  const lastUpdateTime = `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
  return { ...request, status: { ...status, conditions: [...conditions, { type: condition, status: 'True', reason, message, lastUpdateTime }] } };
}
