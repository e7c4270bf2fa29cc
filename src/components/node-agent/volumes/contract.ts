import type { Pod, ResourceList, Volume } from '../../../api/generated/core-v1.ts';
import type { Client } from '../../../client/client.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { PodAddresses } from '../downward-api.ts';
import type { ObjectReader } from '../object-reader.ts';
import type { Mounter } from './mounter.ts';
import type { TokenSource } from './token-source.ts';

/** One kind of volume. Found by asking each plugin in turn. */
export interface VolumePlugin {
  /** Names the folder of its volumes: `kubernetes.io~configmap`. */
  readonly name: string;
  supports(volume: Volume): boolean;
  /** Its content must not touch a disk: the folder is made on a file system in memory. */
  readonly isSecret?: boolean;
  /** Containers never get to write to it. */
  readonly isReadOnly?: boolean;
  /** Its content follows the API: `setUp` is called again when what it shows may have changed. */
  readonly isUpdated?: boolean;
  /** Makes the volume in `request.directory` (not created yet) or finds it elsewhere. Idempotent. Throws with what users should read; it is retried. */
  setUp(request: VolumeRequest): Promise<MountedVolume>;
  /** Undoes what removing the folder does not. Mounts below the folder are undone anyway. */
  tearDown?(directory: string): Promise<void>;
}

export interface VolumeRequest {
  readonly pod: Pod;
  readonly volume: Volume;
  readonly directory: string;
  readonly addresses: PodAddresses;
  readonly services: VolumeServices;
}

/** What plugins may use. */
export interface VolumeServices {
  readonly client: Client;
  readonly objects: ObjectReader;
  readonly tokens: TokenSource;
  readonly mounter: Mounter;
  readonly clock: Clock;
  readonly nodeName: string;
  readonly allocatable: () => ResourceList;
}

export interface MountedVolume {
  /** Where it is on the node. */
  readonly path: string;
  readonly isReadOnly?: boolean;
  /** When its content must be made anew (tokens). */
  readonly refreshAtMs?: number;
}

/** Why a volume is not there yet; its message is for users. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError';
}
