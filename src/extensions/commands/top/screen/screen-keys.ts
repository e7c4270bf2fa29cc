import type { ScreenState } from './lay-out-screen.ts';
import { type PaneName, paneNames } from './panes.ts';

/** What a key does: a new state, or the end. `page` is how many rows the pane in focus shows, `count` how many it has. */
export function afterKey(state: ScreenState, key: string, { page, count }: { readonly page: number; readonly count: number }): ScreenState | 'quit' {
  if (state.typed !== undefined) return afterTyping(state, state.typed, key);
  const scrolled = (offset: number): ScreenState => ({ ...state, offset: Math.max(0, Math.min(offset, count - page)) });
  switch (key) {
    case 'q':
    case 'interrupt':
      return 'quit';
    case 'up':
    case 'k':
      return scrolled(state.offset - 1);
    case 'down':
    case 'j':
      return scrolled(state.offset + 1);
    case 'page-up':
      return scrolled(state.offset - page);
    case 'page-down':
    case ' ':
      return scrolled(state.offset + page);
    case 'home':
      return scrolled(0);
    case 'end':
      return scrolled(count);
    case 'tab':
    case 'right':
      return focused(state, 1);
    case 'back-tab':
    case 'left':
      return focused(state, -1);
    case 'n':
      return { ...state, typed: state.namespace };
    default: {
      const chosen = paneNames[Number(key) - 1];
      return chosen ? { ...state, focus: chosen, offset: 0 } : state;
    }
  }
}

function afterTyping(state: ScreenState, typed: string, key: string): ScreenState | 'quit' {
  if (key === 'interrupt') return 'quit';
  if (key === 'enter') return { ...state, namespace: typed, typed: undefined, offset: 0 };
  if (key === 'escape') return { ...state, typed: undefined };
  if (key === 'backspace') return { ...state, typed: typed.slice(0, -1) };
  return /^[a-z0-9-]$/.test(key) && typed.length < 63 ? { ...state, typed: typed + key } : state;
}

function focused(state: ScreenState, step: number): ScreenState {
  const next: PaneName = paneNames[(paneNames.indexOf(state.focus) + step + paneNames.length) % paneNames.length]!;
  return { ...state, focus: next, offset: 0 };
}
