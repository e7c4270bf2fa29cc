import { styleText } from 'node:util';
import type { Event, Pod } from '../../api/generated/core-v1.ts';
import { events, pods } from '../../api/generated/resource-types.ts';
import { isNotFound } from '../../api/status.ts';
import type { Client } from '../../client/client.ts';
import type { AdmissionRecord } from '../../extension-points/admission/decision.ts';
import { admissiondecisions } from '../../extension-points/admission/decision.ts';
import type { SchedulingAttempt } from '../../extension-points/scheduling/decision.ts';
import { schedulingdecisions } from '../../extension-points/scheduling/decision-resources.ts';
import { connectToCluster } from './cluster-https-client.ts';
import type { PodFacts, PodStory } from './why-story.ts';
import { tellStory } from './why-story.ts';

export interface WhyFlags {
  readonly namespace: string;
  readonly output: 'story' | 'json';
  readonly dataDir?: string;
}

/** Tells why a pod is where it is, or why it is nowhere. Exit code 0 when there was something to tell, 1 when neither the pod nor a record of it is there. */
export async function why(subject: string, flags: WhyFlags): Promise<number> {
  const name = podNameOf(subject);
  await using client = connectToCluster(flags);
  const facts = await gather(client, flags.namespace, name);
  const story = tellStory(facts);
  if (flags.output === 'json') {
    const { pod, attempts, admissions } = facts;
    const about = { namespace: flags.namespace, name, ...(pod ? { uid: pod.metadata.uid, phase: pod.status?.phase, nodeName: pod.spec?.nodeName } : {}) };
    process.stdout.write(`${JSON.stringify({ pod: about, exists: pod !== undefined, ...story, attempts, admissions }, null, 2)}\n`);
  } else process.stdout.write(render(story));
  return facts.pod || facts.attempts.length > 0 ? 0 : 1;
}

function podNameOf(subject: string): string {
  const [kind, name, ...rest] = subject.includes('/') ? subject.split('/') : ['pod', subject];
  if (!['pod', 'pods', 'po'].includes(kind!.toLowerCase()) || !name || rest.length > 0)
    throw new Error(`${subject}: decisions about pods can be told; ask for one as wherry why pod/NAME`);
  return name;
}

async function gather(client: Client, namespace: string, name: string): Promise<PodFacts> {
  const [pod, decisions, admitted] = await Promise.all([
    client.get<Pod>(pods, { namespace, name }).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    }),
    client.list(schedulingdecisions, { namespace, fieldSelector: `pod.name=${name}` }),
    client.list(admissiondecisions, { namespace, fieldSelector: `target.resource=pods,target.name=${name}` }),
  ]);
  const attempts = decisions.items.map(({ apiVersion: _, kind: __, metadata: ___, ...attempt }): SchedulingAttempt => attempt);
  const admissions = admitted.items.map(({ apiVersion: _, kind: __, metadata: ___, ...record }): AdmissionRecord => record);
  return { namespace, name, pod, attempts, admissions, events: await eventsAbout(client, { namespace, name, pod }), nowMs: Date.now() };
}

/** Of a pod that is not there: those about whoever could not make it, such as the ReplicaSet it is named after. */
async function eventsAbout(client: Client, { namespace, name, pod }: { namespace: string; name: string; pod: Pod | undefined }): Promise<Event[]> {
  const fieldSelector = pod ? `involvedObject.kind=Pod,involvedObject.name=${name}` : 'reason=FailedCreate';
  const { items } = await client.list(events, { namespace, fieldSelector });
  const isAbout = ({ involvedObject }: Event): boolean =>
    pod ? !involvedObject.uid || involvedObject.uid === pod.metadata.uid : name === involvedObject.name || name.startsWith(`${involvedObject.name}-`);
  return items.filter(isAbout).sort((left, right) => (timeOf(left) < timeOf(right) ? -1 : 1));
}

const timeOf = ({ lastTimestamp, eventTime, metadata }: Event): string => lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '';

function render({ summary, paragraphs, advice }: PodStory): string {
  const strong = (text: string): string => styleText('bold', text);
  const told = paragraphs.map(([heading = '', ...lines]) => [heading, ...lines.map((line) => `  ${line}`)].join('\n'));
  const help = advice.length === 0 ? [] : [[strong('what would help'), ...advice.map((line) => `  · ${line}`)].join('\n')];
  return `${[strong(summary), ...told, ...help].join('\n\n')}\n`;
}
