import type { Container, Pod } from '../../../api/generated/core-v1.ts';
import { randomNamePart } from '../../../extension-points/commands/changes/random-name.ts';
import { withCustomProfile } from './custom-profile.ts';
import type { ContainerWishes } from './debug-wishes.ts';
import { commandOf, debugContainer } from './ephemeral-container.ts';
import { withProfile } from './profiles.ts';

/** The pod that a node is debugged with. Nobody asks the scheduler, and no taint of the node keeps it away. */
export async function nodeDebuggingPod(
  node: string,
  wishes: ContainerWishes,
  { tell, randomPart = randomNamePart }: { readonly tell: (line: string) => void; readonly randomPart?: (length: number) => string },
): Promise<Pod> {
  const container = wishes.container || 'debugger';
  const name = `node-debugger-${node}-${randomPart(5)}`;
  tell(`Creating debugging pod ${name} with container ${container} on node ${node}.\n`);
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { 'app.kubernetes.io/managed-by': 'kubectl-debug' } },
    spec: {
      containers: [{ name: container, ...debugContainer(wishes), ...commandOf(wishes) } as Container],
      nodeName: node,
      restartPolicy: 'Never',
      tolerations: [{ operator: 'Exists' }],
    },
  };
  const profiled = withProfile(wishes.profile, pod, { style: 'node', container, keep: wishes.keep });
  return withCustomProfile(profiled, 'containers', container, wishes.custom);
}
