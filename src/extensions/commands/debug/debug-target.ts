import type { Pod } from '../../../api/generated/core-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import { strategicPatch } from '../../../extension-points/commands/changes/strategic-patch.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { createObject, deleteObject, patchObject } from '../../../extension-points/commands/resources/object-requests.ts';
import { typedForm } from '../../../extension-points/commands/typed-objects/typed-form.ts';
import { generatedContainerName } from './container-name.ts';
import type { DebugContext } from './debug-flags.ts';
import type { DebugWishes } from './debug-wishes.ts';
import { withEphemeralContainer } from './ephemeral-container.ts';
import { nodeDebuggingPod } from './node-pod.ts';
import { copyOfPod } from './pod-copy.ts';
import { mayLackRights } from './profiles.ts';

/** Debugs a pod or a node. Answers the pod that is debugged with, as the server has it, and its container; `''`: none to join. Throws for anything else. */
export async function debugTarget(context: DebugContext, { resource, object }: ResourceInfo, wishes: DebugWishes): Promise<[Pod, string]> {
  const { apiVersion, kind, metadata } = object!;
  if (apiVersion === 'v1' && kind === 'Node') return debugNode(context, metadata.name ?? '', wishes);
  if (apiVersion !== 'v1' || kind !== 'Pod') {
    const type = `${resource.group}/${resource.version}, Kind=${resource.kind}`;
    throw new Error(`${JSON.stringify(type)} not supported by debug`);
  }
  const pod = podOf(object!);
  return wishes.copyTo === '' ? debugInPod(context, pod, wishes) : debugCopy(context, pod, wishes);
}

/** As a program with Go's types reads it; a pod of a file may lack anything. */
function podOf(object: UntypedObject): Pod {
  const pod = typedForm(object) as unknown as Pod;
  return { ...pod, spec: { ...pod.spec, containers: pod.spec.containers ?? [] } };
}

const podResource = { group: '', version: 'v1', resource: 'pods', kind: 'Pod', namespaced: true } as const;

const teller =
  ({ streams }: DebugContext, { isQuiet }: DebugWishes) =>
  (line: string): void => {
    if (!isQuiet) streams.stdout.write(line);
  };

async function debugNode(context: DebugContext, node: string, wishes: DebugWishes): Promise<[Pod, string]> {
  const { cluster } = context;
  const pod = await nodeDebuggingPod(node, wishes, { tell: teller(context, wishes) });
  const created = await create(context, { ...pod, metadata: { ...pod.metadata, namespace: cluster.namespace().name } });
  return [created, created.spec.containers[0]!.name];
}

async function debugCopy(context: DebugContext, pod: Pod, wishes: DebugWishes): Promise<[Pod, string]> {
  const [copy, container] = await copyOfPod(pod, wishes, generatedContainerName(teller(context, wishes)));
  const debugged = copy.spec.containers.find(({ name }) => name === container);
  if (debugged && mayLackRights(copy, debugged)) warn(context);
  const created = await create(context, copy);
  if (wishes.replaces) {
    const { namespace, name = '' } = pod.metadata;
    await deleteObject(context.cluster.client(), { resource: podResource, namespace, name }, { gracePeriodSeconds: 0 });
  }
  return [created, container];
}

const create = async ({ cluster }: DebugContext, pod: Pod): Promise<Pod> =>
  (await createObject(cluster.client(), { resource: podResource, namespace: pod.metadata.namespace }, pod)) as unknown as Pod;

async function debugInPod(context: DebugContext, pod: Pod, wishes: DebugWishes): Promise<[Pod, string]> {
  const [changed, container] = await withEphemeralContainer(pod, wishes, generatedContainerName(teller(context, wishes)));
  if (mayLackRights(pod, container)) warn(context);
  const body = strategicPatch(pod as unknown as UntypedObject, changed as unknown as UntypedObject);
  const { namespace, name = '' } = pod.metadata;
  try {
    const patched = await patchObject(
      context.cluster.client(),
      { resource: podResource, namespace, name },
      { format: 'strategic', body },
      { subresource: 'ephemeralcontainers' },
    );
    return [patched as unknown as Pod, container.name];
  } catch (error) {
    // A pod that is not there is named.
    if (error instanceof ApiError && error.reason === 'NotFound' && !error.details?.name)
      throw new Error(`ephemeral containers are disabled for this cluster (error from server: ${JSON.stringify(error.message)})`, { cause: error });
    throw error;
  }
}

const warn = ({ streams }: DebugContext): void =>
  streams.stderr.write(
    'Warning: Non-root user is configured for the entire target Pod, and some capabilities granted by debug profile may not work. Please consider using "--custom" with a custom profile that specifies "securityContext.runAsUser: 0".\n',
  );
