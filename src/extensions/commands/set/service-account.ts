import { recorded, recordFlag } from '../../../extension-points/commands/changes/record.ts';
import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { withPodSpec } from '../../../extension-points/commands/pod-templates/pod-specs.ts';
import { createPrinter } from '../../../extension-points/commands/printers/output-flags.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import { dryRunOf } from '../../../extension-points/commands/resources/selection-flags.ts';
import { changeObjects, findObjects, refuseLocalServerRun } from './change-objects.ts';
import { setFlags } from './set-flags.ts';

export const setServiceAccountCommand = defineCommand({
  name: 'serviceaccount',
  aliases: ['sa'],
  short: 'Update the service account of a resource',
  long: `
    Say as which service account pods run.

    Possible resources: replicationcontroller (rc), deployment (deploy), daemonset (ds), job, replicaset (rs), statefulset.`,
  examples: `
    # The service account of a deployment
    $PROGRAM set serviceaccount deployment nginx-deployment serviceaccount1

    # Of what a file holds, printed and not sent
    $PROGRAM set sa -f nginx-deployment.yaml serviceaccount1 --local --dry-run=client -o yaml`,
  usage: 'serviceaccount (-f FILENAME | TYPE NAME) SERVICE_ACCOUNT',
  flags: { ...setFlags, ...recordFlag },
  complete: (context, toComplete) => completeResources(context, toComplete),
  async run(context) {
    const { args, flags, directory } = context;
    dryRunOf(flags['dry-run']);
    refuseLocalServerRun(context);
    await createPrinter(flags, { directory });
    if (args.length === 0) throw new Error('serviceaccount is required');
    const serviceAccountName = args.at(-1)!;
    const infos = await findObjects(context, flags.local ? [] : args.slice(0, -1));
    await changeObjects(context, infos, {
      operation: 'serviceaccount updated',
      failure: 'failed to patch ServiceAccountName ',
      sendsUnchanged: true,
      change: (object) =>
        recorded(
          context,
          withPodSpec(object, (spec) => ({ ...spec, serviceAccountName })),
        ),
    });
  },
});
