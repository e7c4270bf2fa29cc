import type { Schema } from '../../../api/schema.ts';
import { longestText, mostAllocations, mostDevices } from '../../../extension-points/devices/decision.ts';

type Fields = Readonly<Record<string, Schema>>;

const text = (description: string, more: Schema = {}): Schema => ({ type: 'string', description, maxLength: longestText, ...more });
const whole = (description: string): Schema => ({ type: 'integer', format: 'int64', description, minimum: 0 });
const number = (description: string): Schema => ({ type: 'number', format: 'double', description, minimum: 0 });
const object = (description: string, properties: Fields, required: readonly string[] = []): Schema => ({ type: 'object', description, properties, required });
const list = (description: string, items: Schema, maxItems = mostAllocations): Schema => ({ type: 'array', listType: 'atomic', description, items, maxItems });
const numaNodes = (description: string): Schema => list(description, { type: 'integer', format: 'int64', minimum: 0 });

const chosenDevice = object(
  'A device and why it was chosen.',
  {
    id: text('Its id.'),
    numaNodes: numaNodes('The NUMA nodes it is near to; none when it does not matter.'),
    why: text(
      'Reused: an init container of the pod held it before. Aligned: near to the wanted NUMA nodes. Preferred: the wish of the plugin. Available: nobody held it.',
      {
        enum: ['Reused', 'Aligned', 'Preferred', 'Available'],
      },
    ),
  },
  ['id', 'why'],
);

const allocation = object(
  'What one container got of one resource.',
  {
    container: text('The container.'),
    resource: text('The name of the resource.'),
    requested: whole('How many devices it asks for.'),
    plugin: text('The plugin that was asked.'),
    listed: whole('How many devices there were.'),
    healthy: whole('How many of them were healthy.'),
    free: whole('How many of the healthy ones nobody held.'),
    wantedNumaNodes: numaNodes('The NUMA nodes that the topology manager chose.'),
    devices: list('What was chosen.', chosenDevice, mostDevices),
    omittedDevices: whole('Devices that the list had no room for.'),
    pluginMilliseconds: number("How long the plugin's Allocate took."),
    error: text('Why it came to nothing.'),
  },
  ['container', 'resource', 'requested', 'devices'],
);

const claim = object(
  'A ResourceClaim.',
  {
    claim: text('Its name.'),
    devices: list(
      'What its drivers made ready.',
      object('A device.', {
        driver: text('The driver.'),
        pool: text('Its pool.'),
        device: text('Its name in the pool.'),
        cdiDevices: list('What the runtime is told.', text('A CDI device.')),
      }),
      mostDevices,
    ),
  },
  ['claim'],
);

const pinned = object(
  'A container.',
  {
    container: text('Its name.'),
    cpus: text('Its CPUs, as the kernel writes lists: 2-3,6.'),
    memory: list(
      'Its memory.',
      object('A block.', { kind: text('memory, or the size of huge pages.'), bytes: whole('Its size.'), numaNodes: numaNodes('Where it is.') }),
    ),
  },
  ['container'],
);

/** The fields of a `DeviceDecisionRecord`. */
export const deviceDecisionFields: Fields = {
  time: text('When the node began.', { format: 'date-time' }),
  durationMilliseconds: number('How long it took.'),
  pod: object('The pod.', { namespace: text('Its namespace.'), name: text('Its name.'), uid: text('Its uid.') }, ['namespace', 'name', 'uid']),
  nodeName: text('The node that decided.'),
  step: text('Admission: once, before anything of the pod runs. Claims: what drivers of claims made ready.', { enum: ['Admission', 'Claims'] }),
  result: text('Allocated, Refused (for good) or Failed (tried again).', { enum: ['Allocated', 'Refused', 'Failed'] }),
  reason: text("The reason, as in the pod's status."),
  message: text('Why it was refused, or failed.'),
  detail: text('What lies behind the message: where each resource could have come from.'),
  failuresBefore: whole('How often the claims were tried in vain before.'),
  allocations: list('Devices, one entry for each container and resource, in the order in which they were asked for.', allocation),
  omittedAllocations: whole('Entries that the list had no room for.'),
  claims: list('ResourceClaims with their devices.', claim),
  pinned: list('CPUs and memory that containers have for themselves alone.', pinned),
};

export const requiredDeviceDecisionFields: readonly string[] = ['time', 'pod', 'nodeName', 'step', 'result', 'allocations', 'claims', 'pinned'];
