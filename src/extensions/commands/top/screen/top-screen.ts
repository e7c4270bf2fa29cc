import type { CommandContext } from '../../../../extension-points/commands/contract.ts';
import { layOutScreen, rowsOfPanes, type ScreenState } from './lay-out-screen.ts';
import { followObjects } from './live-objects.ts';
import { panesOf } from './panes.ts';
import { afterKey } from './screen-keys.ts';
import { TerminalScreen } from './terminal-screen.ts';

/** At most this often a change is drawn, and this often ages are. */
const drawAfterMs = 100;
const drawEveryMs = 1_000;

/**
 * Nodes, pods, devices and events of the cluster on a screen that keeps itself current, until the user quits (exit code 0) or the program is told to end. Both standard input and
 * output must be terminals. `--namespace` chooses the namespace to start with; without it all are shown.
 */
export async function topScreen(context: CommandContext): Promise<void> {
  const { cluster, streams, clock } = context;
  const connection = cluster.connection();
  const given = cluster.namespace();
  const client = cluster.client();
  // Before the terminal is taken: a server that does not answer is told like anywhere else.
  await client.raw({ method: 'GET', path: '/version' }).then(({ body }) => body.resume());
  const quit = new AbortController();
  const { signal } = context;
  const stop = AbortSignal.any([signal, quit.signal]);
  let state: ScreenState = { focus: 'pods', offset: 0, namespace: given.isExplicit ? given.name : '', typed: undefined };
  let pending: NodeJS.Timeout | undefined;
  const panes = (): ReturnType<typeof panesOf> => panesOf(objects, { namespace: state.namespace, now: clock.now() });
  const draw = (): void => {
    clearTimeout(pending);
    pending = undefined;
    const headline = `${context.program} top  ${connection.server}  namespace: ${state.namespace || 'all'}  ${new Date(clock.now()).toTimeString().slice(0, 8)}`;
    screen.show(layOutScreen(panes(), state, screen.size, headline));
  };
  const objects = followObjects({ client, clock, signal: stop, onChange: () => (pending ??= setTimeout(draw, drawAfterMs)) });
  using screen = new TerminalScreen(streams, {
    key(key) {
      const current = panes();
      const next = afterKey(state, key, { page: rowsOfPanes(current, state.focus, screen.size)[state.focus], count: current[state.focus].rows.length });
      if (next === 'quit') return quit.abort();
      state = next;
      draw();
    },
    resize: draw,
  });
  const ticks = setInterval(draw, drawEveryMs);
  try {
    draw();
    if (!stop.aborted) await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
  } finally {
    clearInterval(ticks);
    clearTimeout(pending);
    pending = undefined;
    quit.abort();
  }
  signal.throwIfAborted();
}
