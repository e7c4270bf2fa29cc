import { Settings } from '../../../extension-points/devices/settings.ts';

/** Which resources several containers use in turns. */
export interface NvidiaSharing {
  /** Refuse a container that asks for more than one replica: several are no more than one. */
  readonly failRequestsGreaterThanOne: boolean;
  readonly resources: readonly SharedResource[];
}

export interface SharedResource {
  /** With the domain: `nvidia.com/gpu`. */
  readonly name: string;
  /** What its replicas are offered as. */
  readonly offeredAs: string;
  readonly replicas: number;
}

const domain = 'nvidia.com';
/** Replicas are devices of the node, which has 65,536 at most. */
const maximumReplicas = 4_096;
const maximumNameLength = 63;

/** Reads `sharing.timeSlicing`; what is not there shares nothing. Throws in the words of NVIDIA's plugin where it has some. */
export function readSharing(sharing: Settings, isThere: boolean): NvidiaSharing {
  const renameByDefault = sharing.flag('renameByDefault', false);
  const failRequestsGreaterThanOne = sharing.flag('failRequestsGreaterThanOne', false);
  const resources = sharing
    .list('resources')
    .map((value, index) => readResource(new Settings(value, `${sharing.pathOf('resources')}[${index}]`), renameByDefault));
  if (isThere && resources.length === 0) throw new Error('no resources specified');
  sharing.finish();
  return { failRequestsGreaterThanOne, resources };
}

function readResource(resource: Settings, renameByDefault: boolean): SharedResource {
  if (!resource.has('name')) throw new Error('no resource name specified');
  if (!resource.has('replicas')) throw new Error('no replicas specified');
  const name = resourceName(resource.text('name', ''));
  const replicas = resource.wholeNumber('replicas', { minimum: Number.MIN_SAFE_INTEGER, maximum: maximumReplicas, fallback: 0 });
  if (replicas < 2) throw new Error('number of replicas must be >= 2');
  // Both are read and not followed by NVIDIA's plugin: all devices are shared, under the default name.
  for (const ignored of ['rename', 'devices']) resource.raw(ignored);
  resource.finish();
  return { name, offeredAs: renameByDefault ? resourceName(`${name}.shared`) : name, replicas };
}

/** A name without a domain is one of NVIDIA's. */
function resourceName(text: string): string {
  const name = text.startsWith(`${domain}/`) ? text : `${domain}/${text}`;
  if (name.length > maximumNameLength) throw new Error(`fully-qualified resource name must be ${maximumNameLength} characters or less: ${name}`);
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name.slice(domain.length + 1))) throw new Error(`incorrect format for resource name '${text}'`);
  return name;
}
