import type { ChosenDeviceRecord, DeviceAllocationRecord, DeviceDecisionRecord } from '../../extension-points/devices/decision.ts';
import { clockText } from './attempt-text.ts';
import { sizeText } from './table.ts';

/** What a node made of a pod that asked for devices: paragraphs of lines, the first line of each its heading. */
export function deviceParagraphs(decisions: readonly DeviceDecisionRecord[], nowMs: number): string[][] {
  return [...decisions].sort((left, right) => (left.time < right.time ? -1 : 1)).map((decision) => [headingOf(decision, nowMs), ...linesOf(decision)]);
}

function headingOf({ step, result, nodeName, time, reason, failuresBefore = 0 }: DeviceDecisionRecord, nowMs: number): string {
  const what = step === 'Admission' ? 'devices' : 'claims';
  const outcome = { Allocated: `given by ${nodeName}`, Refused: `refused by ${nodeName}: ${reason}`, Failed: `not ready on ${nodeName}, and tried again` }[
    result
  ];
  return `${what} · ${clockText(time, nowMs)} · ${outcome}${failuresBefore > 0 ? ` (failed ${failuresBefore} times before)` : ''}`;
}

function linesOf({ allocations, claims, pinned, message, detail }: DeviceDecisionRecord): string[] {
  return [
    ...allocations.map(allocationLine),
    ...claims.map(
      ({ claim, devices }) =>
        `claim ${claim}: ${devices.length > 0 ? devices.map(({ driver, pool, device }) => `${device} of ${driver} (pool ${pool})`).join(', ') : 'no device is ready'}`,
    ),
    ...pinned.flatMap(({ container, cpus, memory = [] }) => [
      ...(cpus === undefined ? [] : [`${container}: CPUs ${cpus} for itself`]),
      ...memory.map(({ kind, bytes, numaNodes }) => `${container}: ${kind} ${sizeText(bytes)} of NUMA node ${numaNodes.join('+')}`),
    ]),
    ...(detail === undefined ? [] : [detail]),
    ...(message === undefined ? [] : [message]),
  ];
}

/** `main: example.com/gpu 2: gpu-0, gpu-1 (what the plugin prefers), from gpu.sock in 3 ms`. */
function allocationLine(allocation: DeviceAllocationRecord): string {
  const { container, resource, requested, plugin, devices, omittedDevices = 0, wantedNumaNodes, pluginMilliseconds, error } = allocation;
  const wanted = wantedNumaNodes ? `, wanted from NUMA node ${wantedNumaNodes.join('+')}` : '';
  const subject = `${container}: ${resource} ${requested}${wanted}`;
  if (error !== undefined) return `${subject}: ${error}; ${supplyText(allocation)}${plugin === undefined ? '' : `; asked of ${plugin}`}`;
  const more = omittedDevices > 0 ? ` and ${omittedDevices} more` : '';
  const took =
    pluginMilliseconds === undefined ? '' : `, which took ${pluginMilliseconds < 10 ? pluginMilliseconds.toFixed(1) : Math.round(pluginMilliseconds)} ms`;
  return `${subject}: ${chosenText(devices)}${more}${plugin === undefined ? '' : `, given by ${plugin}${took}`}; there were ${supplyText(allocation)}`;
}

const supplyText = ({ listed, healthy, free }: DeviceAllocationRecord): string => `${listed} listed, ${healthy} of them healthy, ${free} of those free`;

const whyTexts: Readonly<Record<ChosenDeviceRecord['why'], string>> = {
  Reused: 'left by an init container',
  Aligned: 'near to the wanted NUMA nodes',
  Preferred: 'what the plugin prefers',
  Available: 'free',
};

/** Devices that were chosen for the same reason together. */
function chosenText(devices: readonly ChosenDeviceRecord[]): string {
  const groups = Map.groupBy(devices, ({ why }) => why);
  return [...groups].map(([why, group]) => `${group.map(({ id }) => id).join(', ')} (${whyTexts[why]})`).join(', ');
}

/** What would help a pod that a node refused over devices, by upstream's texts. Empty for others. */
export function deviceAdvice(refusal: { readonly reason: string; readonly message: string; readonly nodeName: string }): string[] {
  const { reason, message, nodeName } = refusal;
  const again = 'a refused pod is not tried again: delete it, or let its controller make another';
  const advice = adviceOn(reason, message, nodeName);
  return advice === undefined ? [] : [advice, again];
}

function adviceOn(reason: string, message: string, nodeName: string): string | undefined {
  const look = (resource: string): string => `wherry why node/${nodeName} ${resource}`;
  switch (reason) {
    case 'TopologyAffinityError':
      return 'CPUs, memory and devices on common NUMA nodes: a smaller request, another node, or a topologyManagerPolicy that asks for less (best-effort)';
    case 'SMTAlignmentError':
      return 'CPU requests that are whole physical cores, or the policy option full-pcpus-only off';
    case 'UnexpectedAdmissionError': {
      const resource =
        /(?:cannot allocate unregistered device|cannot allocate unhealthy devices|requested number of devices unavailable for) (\S+?)[.,]?(?:\s|$)/.exec(
          message,
        )?.[1];
      if (resource !== undefined) return `devices of ${resource} that are healthy and free: ${look(resource)}`;
      return /rpc (?:error|failed)/.test(message) ? 'whatever the device plugin complains of: the words are its own, so look into its log' : undefined;
    }
    default: {
      const resource = reason.startsWith('OutOf') ? reason.slice('OutOf'.length) : '';
      if (resource.includes('/') || resource.startsWith('hugepages-')) return `${resource} that nobody holds: ${look(resource)}, wherry devices ${resource}`;
      return undefined;
    }
  }
}
