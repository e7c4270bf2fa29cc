import { recorded, recordFlag } from '../../../extension-points/commands/changes/record.ts';
import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { containersOf, withContainers, withPodSpec } from '../../../extension-points/commands/pod-templates/pod-specs.ts';
import { resourceAmounts } from '../../../extension-points/commands/pod-templates/resource-amounts.ts';
import { createPrinter } from '../../../extension-points/commands/printers/output-flags.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import { dryRunOf } from '../../../extension-points/commands/resources/selection-flags.ts';
import { changeObjects, findObjects, refuseLocalServerRun } from './change-objects.ts';
import { isContainerMeant } from './select-containers.ts';
import { containersFlag, selectorFlag, setFlags } from './set-flags.ts';

export const setResourcesCommand = defineCommand({
  name: 'resources',
  short: 'Update resource requests/limits on objects with pod templates',
  long: `
    Say how much CPU, memory and other resources containers ask for, and may use. A container gets what it asks for when its pod is placed, and can use up to its limit; one without a request asks for its limit.

    Use "$PROGRAM api-resources" for a complete list of supported resources.`,
  examples: `
    # Limits of one container
    $PROGRAM set resources deployment nginx -c=nginx --limits=cpu=200m,memory=512Mi

    # Limits and requests of all
    $PROGRAM set resources deployment nginx --limits=cpu=200m,memory=512Mi --requests=cpu=100m,memory=256Mi

    # None
    $PROGRAM set resources deployment nginx --limits=cpu=0,memory=0 --requests=cpu=0,memory=0

    # Of what a file holds, printed and not sent
    $PROGRAM set resources -f path/to/file.yaml --limits=cpu=200m,memory=512Mi --local -o yaml`,
  usage: 'resources (-f FILENAME | TYPE NAME)  ([--limits=LIMITS & --requests=REQUESTS]',
  flags: {
    ...setFlags,
    ...selectorFlag,
    ...recordFlag,
    ...containersFlag,
    limits: { type: 'string', description: "What a container may use: 'cpu=200m,memory=512Mi'." },
    requests: { type: 'string', description: "What a container asks for: 'cpu=100m,memory=256Mi'." },
  },
  complete: (context, toComplete) => completeResources(context, toComplete),
  async run(context) {
    const { args, flags, directory } = context;
    dryRunOf(flags['dry-run']);
    await createPrinter(flags, { directory });
    const infos = await findObjects(context, args);
    refuseLocalServerRun(context);
    if (flags.all && flags.selector !== '') throw new Error('cannot set --all and --selector at the same time');
    if (flags.limits === '' && flags.requests === '') throw new Error('you must specify an update to requests or limits (in the form of --requests/--limits)');
    const limits = resourceAmounts(flags.limits);
    const requests = resourceAmounts(flags.requests);
    const isMeant = ({ name = '' }: { readonly name?: string }): boolean => isContainerMeant(name, flags.containers);
    await changeObjects(context, infos, {
      operation: 'resource requirements updated',
      failure: 'failed to patch resources update to pod template ',
      change: (object, errors) =>
        recorded(
          context,
          withPodSpec(object, (spec) => {
            if (!containersOf(spec).some(isMeant)) errors.push(new Error(`error: unable to find container named ${flags.containers}`));
            return withContainers(spec, (container) => {
              if (!isMeant(container)) return container;
              const { resources } = container;
              const added = {
                ...(limits ? { limits: { ...resources?.limits, ...limits } } : {}),
                ...(requests ? { requests: { ...resources?.requests, ...requests } } : {}),
              };
              return { ...container, resources: { ...resources, ...added } };
            });
          }),
        ),
    });
  },
});
