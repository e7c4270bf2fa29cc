import type { Event, Pod } from '../../api/generated/core-v1.ts';
import { events, pods } from '../../api/generated/resource-types.ts';
import { isNotFound } from '../../api/status.ts';
import type { Client } from '../../client/client.ts';
import type { AdmissionRecord } from '../../extension-points/admission/decision.ts';
import { admissiondecisions } from '../../extension-points/admission/decision.ts';
import type { DeviceDecisionRecord } from '../../extension-points/devices/decision.ts';
import { devicedecisions } from '../../extension-points/devices/decision.ts';
import type { SchedulingAttempt } from '../../extension-points/scheduling/decision.ts';
import { schedulingdecisions } from '../../extension-points/scheduling/decision-resources.ts';
import { connectToCluster } from './cluster-https-client.ts';
import { renderStory } from './render-story.ts';
import type { PodFacts } from './why-story.ts';
import { tellStory } from './why-story.ts';

export interface WhyFlags {
  readonly namespace: string;
  readonly output: 'story' | 'json';
  readonly dataDir?: string;
}

const kinds: Readonly<Record<string, 'pod' | 'node'>> = { pod: 'pod', pods: 'pod', po: 'pod', node: 'node', nodes: 'node', no: 'node' };

/**
 * Tells why a pod is where it is, or why it is nowhere; of a node why it has the devices it has, all or those of one resource. Exit code 0 when there was something
 * to tell, 1 when neither the subject nor a record of it is there.
 */
export async function why(subject: string, flags: WhyFlags, resource?: string): Promise<number> {
  const { kind, name } = subjectOf(subject);
  if (kind === 'node') return (await import('./why-node.ts')).whyNode(name, { ...flags, ...(resource === undefined ? {} : { resource }) });
  if (resource !== undefined) throw new Error(`${resource}: only of a node it can be told why it has a resource: wherry why node/NAME ${resource}`);
  await using client = connectToCluster(flags);
  const facts = await gather(client, flags.namespace, name);
  const story = tellStory(facts);
  if (flags.output === 'json') {
    const { pod, attempts, admissions, devices } = facts;
    const about = { namespace: flags.namespace, name, ...(pod ? { uid: pod.metadata.uid, phase: pod.status?.phase, nodeName: pod.spec?.nodeName } : {}) };
    process.stdout.write(`${JSON.stringify({ pod: about, exists: pod !== undefined, ...story, attempts, admissions, devices }, null, 2)}\n`);
  } else process.stdout.write(renderStory(story));
  return facts.pod || facts.attempts.length > 0 || facts.devices.length > 0 ? 0 : 1;
}

function subjectOf(subject: string): { readonly kind: 'pod' | 'node'; readonly name: string } {
  const [word = '', name = '', ...rest] = subject.includes('/') ? subject.split('/') : ['pod', subject];
  const kind = Object.hasOwn(kinds, word.toLowerCase()) ? kinds[word.toLowerCase()] : undefined;
  if (!kind || name === '' || rest.length > 0)
    throw new Error(`${subject}: decisions about pods and nodes can be told; ask as wherry why pod/NAME, or wherry why node/NAME`);
  return { kind, name };
}

async function gather(client: Client, namespace: string, name: string): Promise<PodFacts & { readonly devices: readonly DeviceDecisionRecord[] }> {
  const [pod, decisions, admitted, given] = await Promise.all([
    client.get<Pod>(pods, { namespace, name }).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    }),
    client.list(schedulingdecisions, { namespace, fieldSelector: `pod.name=${name}` }),
    client.list(admissiondecisions, { namespace, fieldSelector: `target.resource=pods,target.name=${name}` }),
    client.list(devicedecisions, { namespace, fieldSelector: `pod.name=${name}` }),
  ]);
  const attempts = decisions.items.map(({ apiVersion: _, kind: __, metadata: ___, ...attempt }): SchedulingAttempt => attempt);
  const admissions = admitted.items.map(({ apiVersion: _, kind: __, metadata: ___, ...record }): AdmissionRecord => record);
  const devices = given.items.map(({ apiVersion: _, kind: __, metadata: ___, ...record }): DeviceDecisionRecord => record);
  return { namespace, name, pod, attempts, admissions, devices, events: await eventsAbout(client, { namespace, name, pod }), nowMs: Date.now() };
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
