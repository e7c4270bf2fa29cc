import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import { fileFlags } from '../../../extension-points/commands/resources/file-sources.ts';
import { selectionFlags } from '../../../extension-points/commands/resources/selection-flags.ts';
import { untilStopped } from '../../../extension-points/commands/waiting/until-stopped.ts';

const { kustomize: _, ...files } = fileFlags('with the objects to wait for');

export const waitFlags = {
  ...outputFlags,
  ...files,
  recursive: { ...files.recursive, default: true },
  all: { type: 'boolean', description: 'All objects of the types in the namespace.' },
  'all-namespaces': selectionFlags['all-namespaces'],
  'field-selector': selectionFlags['field-selector'],
  for: {
    type: 'array',
    description:
      "What to wait for: create, delete, condition=NAME[=STATUS] (true, if no status is said; in any case of letters), or jsonpath='{PATH}'[=VALUE]. May be given more than once.",
  },
  local: { type: 'boolean', description: 'Ask no server: look at what files say.' },
  selector: selectionFlags.selector,
  timeout: { type: 'duration', default: 30_000, description: 'How long to wait; 0: look once, negative: a week.' },
} as const;

export const waitCommand = defineCommand({
  name: 'wait',
  group: 'Advanced Commands:',
  short: 'Wait for a specific condition on one or many resources',
  long: `
    Wait until objects exist, are gone, have a condition, or have a value in a field. Each is told of when it is so. Fails when that does not come in time.`,
  examples: `
    # Until a pod is ready
    $PROGRAM wait --for=condition=Ready pod/busybox1

    # Until it is not
    $PROGRAM wait --for=condition=Ready=false pod/busybox1

    # Until it runs
    $PROGRAM wait --for=jsonpath='{.status.phase}'=Running pod/busybox1

    # Until a field is there at all
    $PROGRAM wait --for=jsonpath='{.status.loadBalancer.ingress}' service/loadbalancer

    # Until a secret exists
    $PROGRAM wait --for=create secret/busybox1 --timeout=30s

    # Until a pod is gone
    $PROGRAM wait --for=delete pod/busybox1 --timeout=60s

    # Until it exists and is ready
    $PROGRAM wait --for=create --for=condition=Ready pod/busybox1`,
  usage:
    "wait ([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
  flags: waitFlags,
  complete: (context, toComplete) => completeResources(context, toComplete),
  async run(context) {
    const { runWait } = await import('./run-wait.ts');
    await untilStopped(context, () => runWait(context));
  },
});
