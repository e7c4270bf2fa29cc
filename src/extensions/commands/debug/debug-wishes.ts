import type { Container, EnvVar } from '../../../api/generated/core-v1.ts';
import type { ProfileName } from './profiles.ts';

/** What of a pod its copy keeps. */
export interface KeptParts {
  readonly labels: boolean;
  readonly annotations: boolean;
  readonly liveness: boolean;
  readonly readiness: boolean;
  readonly startup: boolean;
  readonly initContainers: boolean;
}

/** The container to debug with, whatever it is added to. `''` is nothing said. */
export interface ContainerWishes {
  /** Its name. */
  readonly container: string;
  readonly image: string;
  readonly pullPolicy: string;
  readonly env: readonly EnvVar[];
  /** Its command, or its arguments. */
  readonly words: readonly string[];
  readonly areArguments: boolean;
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly profile: ProfileName;
  readonly keep: KeptParts;
  /** What `--custom` names: merged into the container at the end. */
  readonly custom?: Partial<Container> | undefined;
}

/** What an ephemeral container is to be besides. */
export interface EphemeralWishes extends ContainerWishes {
  /** The container whose processes it is to see. */
  readonly target: string;
}

/** What a copy of a pod is to be besides. */
export interface CopyWishes extends ContainerWishes {
  /** The name of the copy. */
  readonly copyTo: string;
  readonly staysOnNode: boolean;
  /** Images by name of container; `*` is of all others. */
  readonly images: Readonly<Record<string, string>>;
  /** Undefined: as the profile says. */
  readonly sharesProcesses: boolean | undefined;
}

/** All that a line of `debug` says. */
export interface DebugWishes extends EphemeralWishes, CopyWishes {
  /** Names of pods, `TYPE/NAME` of others. */
  readonly targets: readonly string[];
  readonly attaches: boolean;
  readonly isQuiet: boolean;
  /** Delete the pod that was copied. */
  readonly replaces: boolean;
}

/** Chooses a name for the container when none is asked for; the pod's own are taken. */
export type NameContainer = (taken: ReadonlySet<string>) => string;
