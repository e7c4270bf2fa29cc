import { type Completion, defineCommand } from '../../../extension-points/commands/contract.ts';
import { completeNames } from '../../../extension-points/commands/resources/complete-resources.ts';
import { hasSources } from '../../../extension-points/commands/resources/file-sources.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { type DebugContext, debugFlags, wishesOf } from './debug-flags.ts';
import { debugTarget } from './debug-target.ts';
import { profileNames } from './profiles.ts';

export const debugCommand = defineCommand({
  name: 'debug',
  group: 'Troubleshooting and Debugging Commands:',
  short: 'Create debugging sessions for troubleshooting workloads and nodes',
  long: `
    Look into what runs, with tools that it does not bring.

    A pod gets an ephemeral container, which sees what the pod sees and is not restarted; or, with --copy-to, a copy in which a container has another image or command, or
    one more stands beside the others. A node gets a pod that runs in the node's namespaces, with its file system at /host.

    What the container may do is up to --profile. Where the whole pod runs as a user other than root, some of it does not come about.`,
  examples: `
    # A shell beside a pod
    $PROGRAM debug mypod -it --image=busybox

    # Beside the pod in a file
    $PROGRAM debug -f pod.yaml -it --image=busybox

    # That sees the processes of a container, under a chosen name
    $PROGRAM debug mypod -it --image=busybox --target=app -c debugger

    # A copy of the pod with one more container
    $PROGRAM debug mypod -it --image=busybox --copy-to=my-debugger

    # A copy of the pod in which a container runs a shell instead
    $PROGRAM debug mypod -it --copy-to=my-debugger --container=mycontainer -- sh

    # A copy of the pod with another image everywhere
    $PROGRAM debug mypod --copy-to=my-debugger --set-image=*=busybox

    # A shell on a node
    $PROGRAM debug node/mynode -it --image=busybox`,
  usage: 'debug (POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]',
  flags: debugFlags,
  complete: completeTarget,
  completeFlag: {
    profile: (_context, toComplete) => ({ choices: profileNames.filter((name) => name !== 'legacy' && name.startsWith(toComplete)), also: 'nothing' }),
  },
  async run(context) {
    const wishes = await wishesOf(context);
    const namespace = context.cluster.namespace();
    const files = { filenames: context.flags.filename };
    const selection = await findResources(context, {
      args: wishes.targets.map((name) => (name.includes('/') ? name : `pods/${name}`)),
      ...(hasSources(files) ? { files } : {}),
      namespace: namespace.name,
      requiresNamespace: namespace.isExplicit,
    });
    await selection.visit(async (info) => {
      const [pod, container] = await debugTarget(context, info, wishes);
      if (!wishes.attaches || container === '') return;
      const { attachToDebugger } = await import('./attach-to-debugger.ts');
      await attachToDebugger(context, pod, { ...wishes, container });
    });
  },
});

async function completeTarget({ args, cluster }: Pick<DebugContext, 'args' | 'cluster'>, toComplete: string): Promise<Completion> {
  if (args.length > 0) return { choices: [], also: 'nothing' };
  const [type = '', name] = toComplete.split('/');
  if (name !== undefined) {
    const { choices } = await completeNames({ cluster }, type, name);
    return { choices: choices.map((choice) => `${type}/${choice}`), also: 'nothing' };
  }
  const { choices } = await completeNames({ cluster }, 'pods', toComplete);
  const isNode = 'node/'.startsWith(toComplete);
  return { choices: isNode ? [...choices, 'node/'] : choices, also: 'nothing', keepsWordOpen: isNode && choices.length === 0 };
}
