import type { DeviceDecisionRecord } from '../../extension-points/devices/decision.ts';
import { clockText } from './attempt-text.ts';
import { hugePageStory } from './huge-page-story.ts';
import type { NodeDevices, ReportedResource } from './node-devices.ts';
import { durationText, sinceText } from './since-text.ts';
import type { PodStory } from './why-story.ts';

export interface NodeFacts {
  readonly devices: NodeDevices;
  /** Only about this one. */
  readonly resource?: string;
  /** Resources that pods ask for which wait, or are on this node. */
  readonly wanted: readonly string[];
  /** What the node refused. */
  readonly refusals: readonly DeviceDecisionRecord[];
  readonly nowMs: number;
}

interface ResourceStory {
  readonly lines: readonly string[];
  readonly advice: readonly string[];
}

const refusalsTold = 5;

/** Tells why a node has what it has of devices and huge pages, and why none where there is none. */
export function tellNode(facts: NodeFacts): PodStory {
  const { devices, refusals, nowMs } = facts;
  const names = namesOf(facts);
  const stories = names.map((name) => [name, storyOf(name, facts)] as const);
  const told = refusals
    .slice(-refusalsTold)
    .map(({ time, pod, reason, message = '' }) => `${clockText(time, nowMs)}  ${pod.namespace}/${pod.name}: ${reason}: ${message}`);
  return {
    summary: summaryOf(devices, stories.length),
    paragraphs: [...stories.map(([name, { lines }]) => [name, ...lines]), ...(told.length > 0 ? [['pods it refused', ...told]] : [])],
    advice: [...new Set(stories.flatMap(([, { advice }]) => advice))],
  };
}

function namesOf({ devices, resource, wanted }: NodeFacts): readonly string[] {
  if (resource !== undefined) return [resource];
  const { resources = [], hugePages = [], status } = devices;
  const reported = [...resources.map((one) => one.resource), ...hugePages.map((pages) => pages.resource)];
  return [...new Set([...reported, ...Object.keys(status.capacity), ...wanted])].sort();
}

function summaryOf({ node, state, error }: NodeDevices, count: number): string {
  if (state === 'Simulated') return `node ${node} is simulated: its devices are numbers in its status, which no plugin stands behind`;
  if (state === 'Unreachable') return `node ${node} cannot be reached, so this is what its status showed last: ${error}`;
  return count === 0 ? `node ${node} has no devices, and no pod asks for any` : `node ${node}: devices and huge pages`;
}

function storyOf(name: string, facts: NodeFacts): ResourceStory {
  const { devices, nowMs } = facts;
  if (name.startsWith('hugepages-')) return hugePageStory(name, devices);
  const reported = devices.resources?.find(({ resource }) => resource === name);
  if (!reported) return unreported(name, devices);
  return reported.plugins.length === 0 ? absentStory(reported, devices, nowMs) : connectedStory(reported, nowMs);
}

const amounts = ({ allocatable, capacity, devices }: ReportedResource): string =>
  `${allocatable} allocatable of ${capacity}, ${devices.filter(({ heldBy }) => heldBy).length} held`;

const namesTold = 8;
const listed = (ids: readonly string[]): string =>
  `${ids.slice(0, namesTold).join(', ')}${ids.length > namesTold ? ` and ${ids.length - namesTold} more` : ''}`;

function connectedStory(reported: ReportedResource, nowMs: number): ResourceStory {
  const { resource, plugins, devices } = reported;
  const [plugin] = plugins;
  const from = `its plugin ${plugin!.origin} is connected for ${sinceText(plugin!.connectedSince, nowMs)} (${plugin!.route})`;
  const unhealthy = devices.filter(({ health }) => health === 'Unhealthy').map(({ id }) => id);
  if (!plugin!.hasListed)
    return { lines: [amounts(reported), `${from}, and has not said which devices there are`], advice: [`look into the log of the plugin of ${resource}`] };
  if (reported.capacity === 0)
    return { lines: [amounts(reported), `${from}, and lists no devices`], advice: [`look into the log of the plugin of ${resource}: it found no hardware`] };
  if (unhealthy.length === 0) return { lines: [amounts(reported), from], advice: [] };
  const all = unhealthy.length === reported.capacity ? 'all devices are unhealthy' : `${unhealthy.length} of ${reported.capacity} devices are unhealthy`;
  return {
    lines: [amounts(reported), from, `${all}, as the plugin says: ${listed(unhealthy)}; who holds one keeps it, nobody else gets it`],
    advice: [`the plugin of ${resource} calls devices unhealthy: its log should say why`],
  };
}

function absentStory(reported: ReportedResource, { pluginDirectory = '' }: NodeDevices, nowMs: number): ResourceStory {
  const { resource, absence } = reported;
  if (!absence)
    return {
      lines: [amounts(reported), 'pods hold devices of it, but no plugin has registered since the agent started'],
      advice: [startAdvice(resource, pluginDirectory)],
    };
  const { state, since, graceEnds, error } = absence;
  const ago = sinceText(since, nowMs);
  const left = durationText(Date.parse(graceEnds) - nowMs);
  const why = error === undefined ? '' : `: ${error}`;
  const lines = {
    Gone: [`its plugin is gone for ${ago}${why}`, `its devices are unhealthy, and leave the capacity in ${left} unless it registers again`],
    Awaited: [
      `the agent was restarted ${ago} ago, and the plugin has not registered again`,
      `until it does nothing of it is allocatable; in ${left} it is given up`,
    ],
    GivenUp: [`its plugin left ${ago} ago${why}, and did not come back within five minutes`],
  }[state];
  return { lines: [amounts(reported), ...lines, 'pods that hold devices of it keep them'], advice: [startAdvice(resource, pluginDirectory)] };
}

function unreported(resource: string, { state, status, pluginDirectory = '' }: NodeDevices): ResourceStory {
  const capacity = status.capacity[resource];
  const shown = `${status.allocatable[resource] ?? '0'} allocatable of ${capacity ?? '0'}, as its status shows`;
  if (state !== 'Reached') return { lines: [shown], advice: [] };
  if (capacity !== undefined)
    return {
      lines: [shown, 'no plugin stands behind it: somebody wrote it into the status of the node, and pods that ask for it are only counted'],
      advice: [],
    };
  return { lines: ['the node does not have it: no plugin has registered it since the agent started'], advice: [startAdvice(resource, pluginDirectory)] };
}

const startAdvice = (resource: string, directory: string): string =>
  `a plugin for ${resource}: it registers on ${directory}/device-plugins/kubelet.sock, or is found in ${directory}/plugins_registry (stock plugins: wherry up --plugin-dir /var/lib/kubelet)`;
