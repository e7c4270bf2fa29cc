import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import { deleteFlags } from './delete-flags.ts';

export const deleteCommand = defineCommand({
  name: 'delete',
  group: 'Basic Commands (Intermediate):',
  suggestFor: ['rm', 'remove'],
  short: 'Delete resources by file names, stdin, resources and names, or by resources and label selector',
  long: `
    Delete objects that files name, or that are named or chosen by type, name, label or field. One way at a time.

    Some objects, such as pods, get time to end: --grace-period says how much, --now makes it short. --force with a grace period of 0 takes an object out of the API without waiting
    for what runs to stop: it may go on running, and two of what must be alone may run at once.

    A deletion does not look at versions: what someone else changed at the same time goes, too.

    Dependents of a type's definition, such as the objects of a custom resource, go with it.`,
  examples: `
    # What is in a file
    $PROGRAM delete -f ./pod.json

    # What a kustomization builds
    $PROGRAM delete -k dir

    # Pods and services of these names
    $PROGRAM delete pod,service baz foo

    # Pods and services with a label
    $PROGRAM delete pods,services -l name=myLabel

    # Soon
    $PROGRAM delete pod foo --now

    # At once, of a node that is dead
    $PROGRAM delete pod foo --force

    # All pods of the namespace
    $PROGRAM delete pods --all

    # Only what is agreed to
    $PROGRAM delete pods --all -i`,
  usage: 'delete ([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])',
  flags: deleteFlags,
  complete: (context, toComplete) => completeResources(context, toComplete),
  async run(context) {
    const { runDelete } = await import('./run-delete.ts');
    return runDelete(context);
  },
});
