import { parsePairs, splitPairs } from '../../../extension-points/commands/changes/pairs.ts';
import { recorded, recordFlag } from '../../../extension-points/commands/changes/record.ts';
import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { ManyErrors } from '../../../extension-points/commands/errors/command-errors.ts';
import { containersOf, withContainers, withPodSpec } from '../../../extension-points/commands/pod-templates/pod-specs.ts';
import { createPrinter } from '../../../extension-points/commands/printers/output-flags.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import { fileSourcesOf, hasSources } from '../../../extension-points/commands/resources/file-sources.ts';
import { dryRunOf } from '../../../extension-points/commands/resources/selection-flags.ts';
import { changeObjects, findObjects, localServerRun } from './change-objects.ts';
import { selectorFlag, setFlags } from './set-flags.ts';

/** Types with a pod template, or a pod's own. */
const imageTypes = ['daemonsets', 'deployments', 'pods', 'cronjobs', 'replicasets', 'replicationcontrollers', 'statefulsets'];

export const setImageCommand = defineCommand({
  name: 'image',
  short: 'Update the image of a pod template',
  long: `
    Give containers other images: those of pods, and of what makes pods.

    Possible resources: pod (po), replicationcontroller (rc), deployment (deploy), daemonset (ds), statefulset (sts), cronjob (cj), replicaset (rs).`,
  examples: `
    # The images of two containers of a deployment
    $PROGRAM set image deployment/nginx busybox=busybox nginx=nginx:1.9.1

    # Of all deployments and replication controllers
    $PROGRAM set image deployments,rc nginx=nginx:1.9.1 --all

    # Of all containers
    $PROGRAM set image daemonset abc *=nginx:1.9.1

    # Of what a file holds, printed and not sent
    $PROGRAM set image -f path/to/file.yaml nginx=nginx:1.9.1 --local -o yaml`,
  usage: 'image (-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N',
  flags: { ...setFlags, ...selectorFlag, ...recordFlag },
  complete: (context, toComplete) => completeResources(context, toComplete, { types: imageTypes, takesOne: true }),
  async run(context) {
    const { args, flags, directory } = context;
    const dryRun = dryRunOf(flags['dry-run']);
    await createPrinter(flags, { directory });
    const { resources, pairs } = splitPairs(args, 'image');
    const { set: images } = parsePairs(pairs, 'image', { mayRemove: false });
    const infos = await findObjects(context, resources);
    const problems = [
      ...(flags.all && flags.selector !== '' ? ['cannot set --all and --selector at the same time'] : []),
      ...(resources.length === 0 && !hasSources(fileSourcesOf(flags))
        ? ['one or more resources must be specified as <resource> <name> or <resource>/<name>']
        : []),
      ...(images.size === 0 ? ['at least one image update is required'] : []),
      ...(images.size > 1 && images.has('*') ? ['all containers are already specified by *, but saw more than one container_name=container_image pairs'] : []),
      ...(flags.local && dryRun === 'server' ? [localServerRun] : []),
    ];
    ManyErrors.throwIfAny(problems.map((problem) => new Error(problem)));
    await changeObjects(context, infos, {
      operation: 'image updated',
      failure: 'failed to patch image update to pod template: ',
      change: (object, errors) =>
        recorded(
          context,
          withPodSpec(object, (spec) => {
            const names = containersOf(spec).map(({ name }) => name);
            for (const name of images.keys())
              if (name === '*' ? names.length === 0 : !names.includes(name))
                errors.push(new Error(`error: unable to find container named ${JSON.stringify(name)}`));
            return withContainers(spec, (container) => {
              const image = images.get(container.name!) ?? images.get('*');
              return image === undefined ? container : { ...container, image };
            });
          }),
        ),
    });
  },
});
