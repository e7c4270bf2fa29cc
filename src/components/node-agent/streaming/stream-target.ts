/** What a client wants to be connected to. `ports` are those named in the URL, which only old WebSocket clients do. */
export type StreamTarget =
  | {
      readonly kind: 'exec';
      readonly containerId: string;
      readonly command: readonly string[];
      readonly stdin: boolean;
      readonly stdout: boolean;
      readonly stderr: boolean;
      readonly tty: boolean;
    }
  | {
      readonly kind: 'attach';
      readonly containerId: string;
      readonly stdin: boolean;
      readonly stdout: boolean;
      readonly stderr: boolean;
      readonly tty: boolean;
    }
  | { readonly kind: 'port-forward'; readonly sandboxId: string; readonly ports: readonly number[] };

export type CommandTarget = Exclude<StreamTarget, { kind: 'port-forward' }>;
