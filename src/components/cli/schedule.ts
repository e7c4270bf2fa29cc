import { readFileSync } from 'node:fs';
import { styleText } from 'node:util';
import type { Pod } from '../../api/generated/core-v1.ts';
import { pods } from '../../api/generated/resource-types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { ApiError } from '../../api/status.ts';
import { parseYamlDocuments } from '../../api/yaml.ts';
import type { Client } from '../../client/client.ts';
import type { SchedulingAttempt } from '../../extension-points/scheduling/decision.ts';
import type { SchedulingReview } from '../../extension-points/scheduling/decision-resources.ts';
import { schedulingreviews } from '../../extension-points/scheduling/decision-resources.ts';
import { attemptLines } from './attempt-text.ts';
import { connectToCluster } from './cluster-https-client.ts';
import { adviceFor } from './scheduling-advice.ts';

export interface ScheduleFlags {
  readonly filename: string;
  readonly dryRun?: boolean;
  readonly namespace?: string;
  readonly output: 'story' | 'json';
  readonly dataDir?: string;
}

interface Answer {
  readonly namespace: string;
  readonly name: string;
  readonly attempt: SchedulingAttempt;
}

/** Says what would become of the pods of a file if they were created now, one by one. Exit code 0 when each would get a node, 2 when one would not. */
export async function schedule(flags: ScheduleFlags): Promise<number> {
  if (!flags.dryRun) throw new Error('pods are scheduled once they are created: kubectl create -f; to see where they would go, add --dry-run');
  const asked = podsIn(flags.filename);
  await using client = connectToCluster(flags);
  const answers: Answer[] = [];
  for (const pod of asked) answers.push(await ask(client, pod, flags.namespace ?? pod.metadata.namespace ?? 'default'));
  process.stdout.write(flags.output === 'json' ? `${JSON.stringify(answers, null, 2)}\n` : answers.map(render).join('\n'));
  return answers.every(({ attempt }) => attempt.result === 'Scheduled') ? 0 : 2;
}

/** Through admission as a create would go, then through the plugins as the scheduler would. */
async function ask(client: Client, pod: Pod, namespace: string): Promise<Answer> {
  const rehearse = (named: Pod): Promise<Pod> => client.create<Pod>(pods, asNew(named, namespace), { namespace, dryRun: true });
  const admitted = await rehearse(pod).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error;
    // Where one more like it would go.
    const { name: taken, ...metadata } = pod.metadata;
    return rehearse({ ...pod, metadata: { ...metadata, generateName: `${taken}-` } });
  });
  const { name = '' } = admitted.metadata;
  const review: SchedulingReview = { metadata: {}, spec: { pod: admitted } };
  const { status } = await client.create<SchedulingReview>(schedulingreviews, review, { namespace });
  if (!status) throw new Error('the scheduler gave no answer');
  return { namespace, name, attempt: status.attempt };
}

/** What a server wrote into an object that was read is no part of a new one; nor are the node and name of a pod that is there. */
function asNew({ apiVersion, kind, metadata, spec }: Pod, namespace: string): Pod {
  const { labels, annotations, name, generateName, ownerReferences, finalizers, uid } = metadata;
  const isRead = uid !== undefined;
  const { nodeName, ...wanted } = spec ?? { containers: [] };
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    metadata: {
      namespace,
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(ownerReferences ? { ownerReferences } : {}),
      ...(finalizers ? { finalizers } : {}),
      ...(isRead || !name ? { generateName: generateName ?? `${name ?? 'pod'}-` } : { name }),
    },
    spec: isRead || nodeName === undefined ? wanted : { ...wanted, nodeName },
  };
}

/** The pods of a file, and those that its workloads would make one of. */
function podsIn(file: string): Pod[] {
  const found = parseYamlDocuments(readFileSync(file === '-' ? 0 : file, 'utf8')).flatMap(({ value }) => podsOf(value, file));
  if (found.length === 0) throw new Error(`${file}: there is no pod in it`);
  return found;
}

interface WithTemplate extends KubernetesObject {
  readonly spec?: { readonly template?: Partial<Pod>; readonly jobTemplate?: { readonly spec?: { readonly template?: Partial<Pod> } } };
  readonly items?: readonly unknown[];
}

function podsOf(value: unknown, file: string): Pod[] {
  if (typeof value !== 'object' || value === null) return [];
  const object = value as WithTemplate;
  if (object.kind?.endsWith('List') && object.items) return object.items.flatMap((item) => podsOf(item, file));
  if (object.kind === 'Pod') return [{ ...(object as unknown as Pod), metadata: object.metadata ?? {} }];
  const template = object.spec?.template ?? object.spec?.jobTemplate?.spec?.template;
  if (!template?.spec) throw new Error(`${file}: ${object.kind ?? 'something'} ${object.metadata?.name ?? ''} is no pod and has no pod template`);
  const { namespace, name } = object.metadata ?? {};
  const metadata = { ...template.metadata, generateName: `${name ?? 'pod'}-`, ...(namespace ? { namespace } : {}) };
  return [{ apiVersion: 'v1', kind: 'Pod', metadata, spec: template.spec }];
}

function render({ namespace, name, attempt }: Answer): string {
  const { result, nodeName, nominatedNodeName } = attempt;
  const outcome: Partial<Record<SchedulingAttempt['result'], string>> = {
    Scheduled: `would go to ${nodeName}`,
    Gated: 'would not be tried yet: it is gated',
    Error: 'could not be scheduled: the scheduler fails',
    Unschedulable: nominatedNodeName ? `would fit nowhere, but make room on ${nominatedNodeName}` : 'would fit nowhere',
  };
  const advice = result === 'Unschedulable' && nominatedNodeName ? [] : adviceFor(attempt);
  const head = styleText('bold', `pod ${namespace}/${name} ${outcome[result] ?? result}`);
  const help = advice.length === 0 ? [] : ['', styleText('bold', 'what would help'), ...advice.map((line) => `  · ${line}`)];
  return `${[head, ...attemptLines(attempt).map((line) => `  ${line}`), ...help].join('\n')}\n`;
}
