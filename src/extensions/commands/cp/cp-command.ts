import { isAbsolute, relative, resolve } from 'node:path';
import { type CommandContext, defineCommand, type FlagTable } from '../../../extension-points/commands/contract.ts';
import { completeContainers } from '../../../extension-points/commands/workloads/complete-pods.ts';
import { completeSource } from './complete-source.ts';
import { type FileSpecification, parseFileSpecification } from './file-specification.ts';

const copyFlags = {
  container: { type: 'string', shorthand: 'c', description: 'The container to copy from or to. Default: the one that the pod names, or its first.' },
  'no-preserve': { type: 'boolean', description: 'Do not keep owners and permissions in the container.' },
  retries: { type: 'integer', description: 'How often to go on after a loss, when copying from a container; 0: never, less: for ever.' },
} as const satisfies FlagTable;

export type CopyContext = CommandContext<typeof copyFlags>;

export const cpCommand = defineCommand({
  name: 'cp',
  group: 'Troubleshooting and Debugging Commands:',
  short: 'Copy files and directories to and from containers',
  long: 'Copy files and folders between here and a container, which must have "tar". Links in a container are left out; use "$PROGRAM exec" with tar for those.',
  examples: `
    # A folder here to a container of a pod
    $PROGRAM cp /tmp/foo_dir <some-pod>:/tmp/bar_dir

    # A file to a chosen container, and to a pod of another namespace
    $PROGRAM cp /tmp/foo <some-pod>:/tmp/bar -c <specific-container>
    $PROGRAM cp /tmp/foo <some-namespace>/<some-pod>:/tmp/bar

    # A file from a pod
    $PROGRAM cp <some-namespace>/<some-pod>:/tmp/foo /tmp/bar

    # Links, wildcards and file modes too
    $PROGRAM exec -n <some-namespace> <some-pod> -- tar cf - /tmp/foo | tar xf - -C /tmp/bar`,
  usage: 'cp <file-spec-src> <file-spec-dest>',
  flags: copyFlags,
  complete: completeSource,
  completeFlag: { container: completeContainers },
  async run(context) {
    const { args, cluster, directory } = context;
    const current = cluster.namespace().name;
    if (args.length !== 2) throw new Error('source and destination are required');
    const [source, target] = args.map(parseFileSpecification) as [FileSpecification, FileSpecification];
    if (source.pod && target.pod) throw new Error('one of src or dest must be a local file specification');
    if (source.path === '' || target.path === '') throw new Error('filepath can not be empty');
    const placeOf = ({ name, namespace }: NonNullable<FileSpecification['pod']>) => ({ name, namespace: namespace || current });
    if (source.pod) {
      const { copyFromPod } = await import('./copy-from-pod.ts');
      return copyFromPod(context, placeOf(source.pod), source.path, inDirectory(directory, target.path));
    }
    if (!target.pod) throw new Error('one of src or dest must be a remote file specification');
    const { copyToPod } = await import('./copy-to-pod.ts');
    return copyToPod(context, inDirectory(directory, source.path), placeOf(target.pod), target.path);
  },
});

/** Messages name a path as it was typed where that is the same. */
const inDirectory = (directory: string, path: string): string => (isAbsolute(path) ? path : relative('', resolve(directory, path)) || '.');
