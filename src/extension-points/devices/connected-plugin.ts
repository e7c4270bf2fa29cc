/** How a plugin came: it registered on kubelet.sock, it was found in plugins_registry, or it runs in the agent's process. */
export type PluginRoute = 'kubelet.sock' | 'plugins_registry' | 'in process';

/** Why nobody vouches for the devices of a resource. Times are milliseconds since the epoch. */
export interface PluginAbsence {
  /** `Gone`: its list ended. `Awaited`: it was there before the agent was restarted. `GivenUp`: either of them, and the grace is over. */
  readonly state: 'Gone' | 'Awaited' | 'GivenUp';
  readonly sinceMs: number;
  /** When the devices leave, or left, the node's capacity. */
  readonly graceEndsAtMs: number;
  /** What the list ended with. */
  readonly error?: string;
}

/** A plugin that is connected, for people. */
export interface ConnectedPlugin {
  readonly name: string;
  /** Its socket, or where else it came from. */
  readonly origin: string;
  readonly route: PluginRoute;
  readonly connectedAtMs: number;
  /** Whether it has said anything of its devices yet. */
  readonly hasListed: boolean;
}
