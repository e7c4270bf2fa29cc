import type { EnvVar } from '../../../api/generated/core-v1.ts';
import type { CommandContext, FlagTable } from '../../../extension-points/commands/contract.ts';
import { isImageReference } from '../../../extension-points/commands/pod-templates/image-reference.ts';
import { readCustomProfile, requireChangeable } from './custom-profile.ts';
import type { DebugWishes } from './debug-wishes.ts';
import { isProfileName } from './profiles.ts';

const onlyOfCopies = '(Only with --copy-to.)';

export const debugFlags = {
  'arguments-only': { type: 'boolean', description: "Take what stands behind -- for the new container's arguments rather than its command." },
  attach: { type: 'boolean', description: 'Wait until the container runs and join it, as attach does; the default with --stdin.' },
  container: { type: 'string', shorthand: 'c', description: 'The name of the container to debug with.' },
  'copy-to': { type: 'string', description: 'Copy the pod under this name, and debug the copy.' },
  custom: { type: 'string', description: 'A JSON or YAML file with part of a container spec, which changes what the profile makes.' },
  env: { type: 'pairs', description: 'Environment variables of the container: NAME=VALUE.' },
  filename: { type: 'list', shorthand: 'f', description: 'Files, folders or URLs with what to debug.' },
  image: { type: 'string', description: 'The image of the container to debug with.' },
  'image-pull-policy': { type: 'string', description: 'When the image is pulled: Always, IfNotPresent or Never. Default: as the server says.' },
  'keep-annotations': { type: 'boolean', description: `Keep the annotations of the pod. ${onlyOfCopies}` },
  'keep-init-containers': { type: 'boolean', default: true, description: `Run the init containers of the pod. ${onlyOfCopies}` },
  'keep-labels': { type: 'boolean', description: `Keep the labels of the pod. ${onlyOfCopies}` },
  'keep-liveness': { type: 'boolean', description: `Keep the liveness probes of the pod. ${onlyOfCopies}` },
  'keep-readiness': { type: 'boolean', description: `Keep the readiness probes of the pod. ${onlyOfCopies}` },
  'keep-startup': { type: 'boolean', description: `Keep the startup probes of the pod. ${onlyOfCopies}` },
  profile: { type: 'string', default: 'general', description: 'What the container may do: general, baseline, restricted, netadmin or sysadmin.' },
  quiet: { type: 'boolean', shorthand: 'q', description: 'Do not tell what happens.' },
  replace: { type: 'boolean', description: `Delete the pod that is copied. ${onlyOfCopies}` },
  'same-node': { type: 'boolean', description: `Run the copy on the node of the pod. ${onlyOfCopies}` },
  'set-image': { type: 'pairs', description: `Other images for containers: NAME=IMAGE, * for all others. ${onlyOfCopies}` },
  'share-processes': { type: 'boolean', default: true, description: `Let the containers of the copy see the processes of each other. ${onlyOfCopies}` },
  stdin: { type: 'boolean', shorthand: 'i', description: 'Keep standard input of the container open, and pass this one on.' },
  target: { type: 'string', description: 'The container of the running pod whose processes the ephemeral container is to see.' },
  tty: { type: 'boolean', shorthand: 't', description: 'Give the container a terminal.' },
} as const satisfies FlagTable;

export type DebugContext = CommandContext<typeof debugFlags>;

/** What the line says. Throws for what makes no sense, in kubectl's order and words; what is worth telling before is told on the way. */
export async function wishesOf(context: DebugContext): Promise<DebugWishes> {
  const { cluster, directory, flags } = context;
  cluster.namespace();
  const { profile } = flags;
  if (!isProfileName(profile)) throw new Error(`unknown profile: ${profile}`);
  const custom = flags.custom === '' ? undefined : await readCustomProfile(flags.custom, directory);
  const { targets, words } = wordsOf(context);
  requireKind(context, words);
  requireImages(flags);
  if (targets.length === 0 && flags.filename.length === 0) throw new Error('NAME or filename is required for debug');
  requireContainer(context);
  if (custom) requireChangeable(custom);
  if (profile === 'legacy')
    context.streams.stderr.write(
      '--profile=legacy is deprecated and planned to be removed in v1.39. It is recommended to specify other profile, for example "--profile=general".\n',
    );
  return {
    targets,
    words,
    profile,
    custom,
    container: flags.container,
    image: flags.image,
    images: flags['set-image'],
    pullPolicy: flags['image-pull-policy'],
    env: Object.entries(flags.env).map(([name, value]): EnvVar => (value === '' ? { name } : { name, value })),
    areArguments: flags['arguments-only'],
    stdin: flags.stdin,
    tty: flags.tty,
    target: flags.target,
    copyTo: flags['copy-to'],
    staysOnNode: flags['same-node'],
    sharesProcesses: context.isSet('share-processes') ? flags['share-processes'] : undefined,
    replaces: flags.replace,
    attaches: context.isSet('attach') ? flags.attach : flags.stdin,
    isQuiet: flags.quiet,
    keep: {
      labels: flags['keep-labels'],
      annotations: flags['keep-annotations'],
      liveness: flags['keep-liveness'],
      readiness: flags['keep-readiness'],
      startup: flags['keep-startup'],
      initContainers: flags['keep-init-containers'],
    },
  };
}

function wordsOf({ args, argumentsBeforeDashes }: DebugContext): Pick<DebugWishes, 'targets' | 'words'> {
  if (argumentsBeforeDashes < 0) return { targets: args, words: [] };
  return { targets: args.slice(0, argumentsBeforeDashes), words: args.slice(argumentsBeforeDashes) };
}

/** Copies and containers in running pods take flags of their own. */
function requireKind({ flags, isSet }: DebugContext, words: readonly string[]): void {
  const hasImages = Object.keys(flags['set-image']).length > 0;
  if (flags.attach && isSet('attach') && flags.image === '' && flags.container === '')
    throw new Error('you must specify --container or create a new container using --image in order to attach.');
  if (flags['copy-to'] !== '') {
    if (flags.image === '' && !hasImages && words.length === 0) throw new Error('you must specify --image, --set-image or command arguments.');
    if (words.length > 0 && flags.container === '' && flags.image === '')
      throw new Error('you must specify an existing container or a new image when specifying args.');
    return;
  }
  if (flags.replace) throw new Error('--replace may only be used with --copy-to.');
  if (flags['same-node']) throw new Error('--same-node may only be used with --copy-to.');
  if (hasImages) throw new Error('--set-image may only be used with --copy-to.');
  if (flags.image === '') throw new Error('you must specify --image when not using --copy-to.');
}

function requireImages({ image }: DebugContext['flags']): void {
  if (image !== '' && !isImageReference(image)) throw new Error(`invalid image name ${JSON.stringify(image)}: invalid reference format`);
}

function requireContainer({ flags, streams }: DebugContext): void {
  const pullPolicy = flags['image-pull-policy'];
  if (!['', 'Always', 'IfNotPresent', 'Never'].includes(pullPolicy)) throw new Error(`invalid image pull policy: ${pullPolicy}`);
  for (const [name, image] of Object.entries(flags['set-image']))
    if (!isImageReference(image))
      throw new Error(`invalid image name ${JSON.stringify(image)} for container ${JSON.stringify(name)}: invalid reference format`);
  if (flags.target !== '') {
    if (flags['copy-to'] !== '') throw new Error('--target is incompatible with --copy-to. Use --share-processes instead.');
    if (!flags.quiet)
      streams.stdout.write(
        `Targeting container ${JSON.stringify(flags.target)}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`,
      );
  }
  if (flags.tty && !flags.stdin) throw new Error('-i/--stdin is required for containers with -t/--tty=true');
}
