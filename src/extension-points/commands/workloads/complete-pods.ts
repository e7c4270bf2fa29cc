import type { Pod, Service } from '../../../api/generated/core-v1.ts';
import type { CommandContext, Completion } from '../contract.ts';
import { completeNames } from '../resources/complete-resources.ts';
import { getObject } from '../resources/object-requests.ts';
import { podOf } from './pod-arguments.ts';

type Asking = Pick<CommandContext, 'args' | 'cluster'>;

/** What has pods, as completion offers it in front of a name. */
const typesWithPods = ['daemonsets', 'deployments', 'pods', 'jobs', 'replicasets', 'replicationcontrollers', 'services', 'statefulsets'];
/** A workload without a pod must not hold up the line. */
const patienceMs = 100;

/** Completes a pod's name, or `TYPE/NAME`. */
export async function completePods({ cluster }: Pick<CommandContext, 'cluster'>, toComplete: string): Promise<Completion> {
  const slash = toComplete.indexOf('/');
  if (slash >= 0) {
    const type = toComplete.slice(0, slash);
    const { choices } = await completeNames({ cluster }, type, toComplete.slice(slash + 1));
    return { choices: choices.map((name) => `${type}/${name}`), also: 'nothing' };
  }
  const { choices } = await completeNames({ cluster }, 'pods', toComplete);
  const types = typesWithPods.filter((type) => type.startsWith(toComplete)).map((type) => `${type}/`);
  return { choices: [...choices, ...types], also: 'nothing', keepsWordOpen: choices.length === 0 };
}

/** Completes the name of a container of the pod (or of a workload's pod) that stands in front. */
export const completeContainers = (context: Asking, toComplete: string): Promise<Completion> =>
  choicesOf(toComplete, async () => {
    const [word] = context.args;
    const { spec } = await podNamed(context, word);
    return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map(({ name }) => name);
  });

/** Completes `LOCAL:REMOTE` ports of the pod, workload or service that stands in front. */
export const completePorts = (context: Asking, toComplete: string): Promise<Completion> =>
  choicesOf(toComplete, async () => {
    const [word = ''] = context.args;
    const [type = '', name] = word.split('/');
    const isService = name !== undefined && ['service', 'services', 'svc'].includes(type);
    const ports = isService
      ? ((await objectNamed<Service>(context, 'services', name)).spec?.ports ?? []).map(({ port }) => port)
      : ((await podNamed(context, word)).spec?.containers ?? []).flatMap((container) => container.ports ?? []).map(({ containerPort }) => containerPort);
    const [local = ''] = toComplete.split(':');
    return ports.map((port) => `${local === '' ? port : local}:${port}`);
  });

/** A message would stand in the middle of the line. */
async function choicesOf(toComplete: string, find: () => Promise<readonly string[]>): Promise<Completion> {
  try {
    return { choices: (await find()).filter((choice) => choice.startsWith(toComplete)), also: 'nothing' };
  } catch {
    return { choices: [], also: 'nothing' };
  }
}

async function podNamed(context: Asking, word = ''): Promise<Pod> {
  const [type = '', name] = word.split('/');
  if (name === undefined) return objectNamed<Pod>(context, 'pods', word);
  return podOf(context, await objectNamed(context, type, name), { timeoutMs: patienceMs });
}

async function objectNamed<Found>({ cluster }: Asking, type: string, name: string): Promise<Found & Awaited<ReturnType<typeof getObject>>> {
  if (name === '') throw new Error('no name');
  const resource = await cluster.mapper().resourceFor(type);
  const namespace = resource.namespaced ? cluster.namespace().name : undefined;
  return (await getObject(cluster.client(), { resource, namespace, name })) as Found & Awaited<ReturnType<typeof getObject>>;
}
