import type { SelfSubjectAccessReview, SelfSubjectRulesReview } from '../../../api/generated/authorization-v1.ts';
import type { PolicyRule } from '../../../api/generated/rbac-v1.ts';
import { type Command, type CommandContext, defineCommand, type FlagTable } from '../../../extension-points/commands/contract.ts';
import type { ServedResource } from '../../../extension-points/commands/discovery/contract.ts';
import { writeWarning } from '../../../extension-points/commands/errors/write-warning.ts';
import { TabWriter } from '../../../extension-points/commands/printers/tab-writer.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import { breakDown, compact, listText } from './policy-rules.ts';

const canIFlags = {
  'all-namespaces': { type: 'boolean', shorthand: 'A', description: 'Ask for all namespaces together.' },
  list: { type: 'boolean', description: 'List everything that is allowed.' },
  'no-headers': { type: 'boolean', description: 'With --list: print no headings.' },
  quiet: { type: 'boolean', shorthand: 'q', description: 'Answer with the exit code alone.' },
  subresource: { type: 'string', description: 'Ask for this sub-resource, such as log of pods or scale of deployments.' },
} as const satisfies FlagTable;

type CanIContext = CommandContext<typeof canIFlags>;

const resourceVerbs = new Set('get list watch create update patch delete deletecollection use bind impersonate * approve sign escalate attest'.split(' '));
const pathVerbs = new Set('get put post head options delete patch *'.split(' '));
/** Resources that no discovery shows: what the verb impersonate is about. */
const undiscovered = new Set(['users', 'groups']);

export const canICommand: Command = defineCommand({
  name: 'can-i',
  short: 'Check whether an action is allowed',
  long: `
    Ask the server whether it would let you do something: VERB is one of the API (get, list, watch, delete, ...), TYPE a resource, NONRESOURCEURL a path that begins with "/", and NAME one object.

    It exits with 0 when the answer is yes, with 1 when it is no.`,
  examples: `
    # May I create pods in any namespace?
    $PROGRAM auth can-i create pods --all-namespaces

    # May I list deployments in this one?
    $PROGRAM auth can-i list deployments.apps

    # May a service account list secrets?
    $PROGRAM auth can-i list secrets --as=system:serviceaccount:dev:foo -n prod

    # May I do everything in this namespace? ("*" means all)
    $PROGRAM auth can-i '*' '*'

    # One object, a sub-resource, a path
    $PROGRAM auth can-i list jobs.batch/bar -n foo
    $PROGRAM auth can-i get pods --subresource=log
    $PROGRAM auth can-i get /logs/

    # Everything that I may do in a namespace
    $PROGRAM auth can-i --list --namespace=foo`,
  usage: 'can-i VERB [TYPE | TYPE/NAME | NONRESOURCEURL]',
  flags: canIFlags,
  complete: ({ args, cluster }, toComplete) =>
    args.length === 0
      ? { choices: [...resourceVerbs].filter((verb) => verb !== '*' && verb.startsWith(toComplete)), also: 'nothing' }
      : completeResources({ args: args.slice(1), cluster }, toComplete),
  run: (context) => (context.flags.list ? listRules(context) : askOne(context)),
});

async function askOne(context: CanIContext): Promise<number> {
  const { args, flags, streams, cluster, program } = context;
  const [verb = '', word = ''] = args;
  if (args.length !== 2)
    throw new Error(`you must specify two arguments: verb resource or verb resource/resourceName.\nSee '${program} auth can-i -h' for help and examples.`);
  const slash = word.indexOf('/');
  const type = slash < 0 ? word : word.slice(0, slash);
  const resource = slash === 0 ? undefined : await resourceOf(context, type);
  const namespace = flags['all-namespaces'] ? '' : cluster.namespace().name;
  if (slash === 0) {
    if (flags.subresource !== '') throw new Error('--subresource can not be used with NonResourceURL');
    if (!pathVerbs.has(verb)) writeWarning(streams.stderr, `verb '${verb}' is not a known verb\n`);
  } else if (!flags['all-namespaces']) {
    if (resource && !resource.namespaced)
      writeWarning(streams.stderr, `resource '${resource.resource}' is not namespace scoped${resource.group === '' ? '' : ` in group '${resource.group}'`}\n`);
    if (!resourceVerbs.has(verb)) writeWarning(streams.stderr, `verb '${verb}' is not a known verb\n`);
  }
  if (flags['no-headers']) throw new Error('--no-headers cannot be set without --list specified');
  const spec =
    slash === 0
      ? { nonResourceAttributes: { verb, path: word } }
      : {
          resourceAttributes: {
            verb,
            resource: resource?.resource ?? type,
            ...(namespace === '' ? {} : { namespace }),
            ...(resource?.group ? { group: resource.group } : {}),
            ...(flags.subresource === '' ? {} : { subresource: flags.subresource }),
            ...(slash < 0 || slash === word.length - 1 ? {} : { name: word.slice(slash + 1) }),
          },
        };
  const { status } = await review<SelfSubjectAccessReview>(context, 'SelfSubjectAccessReview', spec);
  const why = [status?.reason, status?.evaluationError].filter((text) => text).map((text) => ` - ${text}`);
  if (!flags.quiet) streams.stdout.write(status?.allowed ? 'yes\n' : `no${why.join('')}\n`);
  return status?.allowed ? 0 : 1;
}

/** Undefined, with a warning, for what the server does not know; it is asked for all the same. */
async function resourceOf({ cluster, streams }: CanIContext, word: string): Promise<ServedResource | undefined> {
  if (word === '*') return undefined;
  const name = word.toLowerCase();
  try {
    return await cluster.mapper().resourceFor(name);
  } catch {
    const dot = name.indexOf('.');
    const place = dot < 0 ? '' : ` in group '${name.slice(dot + 1)}'`;
    if (!undiscovered.has(name)) writeWarning(streams.stderr, `the server doesn't have a resource type '${dot < 0 ? name : name.slice(0, dot)}'${place}\n`);
    return undefined;
  }
}

async function listRules(context: CanIContext): Promise<void> {
  const { args, flags, streams, cluster } = context;
  if (args.length > 0) throw new Error('list option must be specified with no arguments');
  const namespace = cluster.namespace().name;
  if (flags.quiet || flags['all-namespaces'] || flags.subresource !== '')
    throw new Error("list option can't be specified with neither quiet, all-namespaces nor subresource options");
  const { status } = await review<SelfSubjectRulesReview>(context, 'SelfSubjectRulesReview', { namespace });
  if (status?.incomplete) writeWarning(streams.stderr, `the list may be incomplete: ${status.evaluationError ?? ''}`);
  const rules = [...(status?.resourceRules ?? []), ...(status?.nonResourceRules ?? [])] as PolicyRule[];
  const writer = new TabWriter();
  if (!flags['no-headers']) writer.write('Resources\tNon-Resource URLs\tResource Names\tVerbs\n');
  for (const rule of compact(breakDown(rules)))
    writer.write(`${resourceText(rule)}\t${listText(rule.nonResourceURLs)}\t${listText(rule.resourceNames)}\t${listText(rule.verbs)}\n`);
  streams.stdout.write(writer.flush());
}

/** `deployments.apps/scale` */
function resourceText({ resources = [], apiGroups = [] }: PolicyRule): string {
  const [resource] = resources;
  if (resource === undefined) return '';
  const [name = '', subresource] = resource.split('/', 2);
  return `${name}${apiGroups[0] ? `.${apiGroups[0]}` : ''}${subresource === undefined ? '' : `/${subresource}`}`;
}

const review = <Answer>({ cluster }: CanIContext, kind: string, spec: unknown): Promise<Answer> =>
  cluster.client().json<Answer>({
    method: 'POST',
    path: `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`,
    body: { apiVersion: 'authorization.k8s.io/v1', kind, metadata: {}, spec },
  });
